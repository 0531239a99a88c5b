import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { expect, onTestFinished, test } from 'vitest'
import { digestOf } from '../../src/access/tokens.ts'
import { recordedLog } from '../support/log.ts'
import { clientOf, startService } from '../support/service.ts'

async function startAudited(isGuarded: boolean) {
  const folder = await mkdtemp(join(tmpdir(), 'chatapi-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const authTokens = join(folder, 'tokens.jsonl')
  const entry = { name: 'weather', role: 'recorder', sha256: digestOf('secret').toString('hex') }
  await writeFile(authTokens, JSON.stringify(entry))
  const { log, lines } = recordedLog({ level: 'info' })
  const service = await startService({ log, ...(isGuarded && { authTokens }) })
  const headers = { authorization: 'Bearer secret', 'x-request-id': 'mine' }
  const audited = () => lines.filter(({ msg }) => String(msg).startsWith('audit: '))
  return { client: clientOf(createGrpcTransport({ baseUrl: service.grpcUrl })), headers, audited, lines }
}

test('each write leaves a line that says who changed what', async () => {
  const { client, headers, audited, lines } = await startAudited(true)
  const { stream } = await client.openStream({ platform: 'qq', groupId: '1', groupName: 'a name' }, { headers })
  const activity = { platform: 'qq', groupInfo: { groupId: '1', groupName: 'another name' } }
  const { revision } = await client.recordActivity({ activities: [activity] }, { headers })
  const common = { level: 30, principal: 'weather', request_id: 'mine' }
  expect(audited()).toMatchObject([
    { ...common, method: 'OpenStream', created: [stream!.streamId] },
    { ...common, method: 'RecordActivity', changed: [stream!.streamId], revision },
  ])
  expect(JSON.stringify(lines)).not.toMatch(/a name|another name|secret/)
})

test('a write that changes nothing leaves none, and neither does one that is refused', async () => {
  const { client, headers, audited } = await startAudited(true)
  const opening = { platform: 'qq', groupId: '1' }
  await client.openStream(opening, { headers })
  await client.openStream(opening, { headers })
  await expect(client.openStream({ platform: '', groupId: '1' }, { headers })).rejects.toThrow()
  expect(audited()).toHaveLength(1)
})

test('a line names the first of many streams, and how many there are', async () => {
  const { client, audited } = await startAudited(false)
  const activities = Array.from({ length: 25 }, (_, id) => ({ platform: 'qq', groupInfo: { groupId: `${id}` } }))
  await client.recordActivity({ activities })
  const [line] = audited()
  expect(line).toMatchObject({ method: 'RecordActivity', created_count: 25 })
  expect(line).not.toHaveProperty('principal')
  expect(line!.created).toHaveLength(20)
})
