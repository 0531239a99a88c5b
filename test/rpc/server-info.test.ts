import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { describe, expect, it } from 'vitest'
import { Role } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { digestOf } from '../../src/access/tokens.ts'
import { packageVersion } from '../../src/config/version.ts'
import { newFolder } from '../importers/scene.ts'
import { clientOf, startService, wires } from '../support/service.ts'
import { untilServing } from '../support/serving.ts'

describe.each(Object.entries(wires))('over %s, the server', (_name, wire) => {
  it('tells what it is and how it is', async () => {
    const service = await startService()
    await untilServing(service.grpcUrl)
    const api = clientOf(wire(service))
    const { revision } = await api.openStream({ platform: 'qq', groupId: '1' })
    const info = await api.getServerInfo({})
    expect(info).toMatchObject({
      version: packageVersion(),
      store: service.storeUrl,
      revision,
      lag: { seconds: 0n, nanos: 0 },
      streams: 1n,
      watchers: 0n,
      followers: 0n,
      workers: 1,
      caller: { name: '', role: Role.ADMIN, platforms: [], accountIds: [] },
      configuration: { store: service.storeUrl, 'max-message-bytes': '4MiB' },
    })
    expect(Number(info.startTime?.seconds)).toBeGreaterThan(Date.now() / 1_000 - 600)
  })
})

it('a caller is told who it is, and counts what it may see', async () => {
  const file = join(newFolder(), 'tokens.jsonl')
  const entries = [
    {
      name: 'weather',
      sha256: digestOf('part').toString('hex'),
      role: 'reader',
      platforms: ['telegram'],
      accounts: ['1', ''],
    },
    { name: 'owner', sha256: digestOf('all').toString('hex'), role: 'admin' },
  ]
  writeFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
  const service = await startService({ authTokens: file })
  await untilServing(service.grpcUrl)
  const api = clientOf(createGrpcTransport({ baseUrl: service.grpcUrl }))
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
  for (const platform of ['qq', 'telegram', 'discord']) await api.openStream({ platform, groupId: '1' }, as('all'))
  expect(await api.getServerInfo({}, as('part'))).toMatchObject({
    caller: { name: 'weather', role: Role.READER, platforms: ['telegram'], accountIds: ['1', ''] },
    streams: 1n,
  })
  expect(await api.getServerInfo({}, as('all'))).toMatchObject({
    caller: { name: 'owner', role: Role.ADMIN },
    streams: 3n,
  })
})
