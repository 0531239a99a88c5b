import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Code, createClient, type Transport } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ChatApi, type ExportStreamsResponse } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { digestOf } from '../../src/access/tokens.ts'
import { Exports } from '../../src/directory/exports.ts'
import { ChatApiError } from '../../src/domain/errors.ts'
import { openStore } from '../../src/store/open.ts'
import { fromMessage } from '../../src/wire/convert.ts'
import { newFolder, newStore } from '../importers/scene.ts'
import { databaseOf } from '../support/database.ts'
import { STREAMS } from '../support/moved-streams.ts'
import { clientOf, type Service, startService, wires } from '../support/service.ts'
import { untilServing } from '../support/serving.ts'
import { creation, groupStream } from '../support/streams.ts'

const streamingWires = Object.entries(wires).filter(([name]) => name !== 'Connect GET')

async function served(options: Parameters<typeof startService>[0] = {}): Promise<Service> {
  const service = await startService({ storeUrl: `sqlite:${await databaseOf(STREAMS)}`, ...options })
  await untilServing(service.grpcUrl)
  return service
}

async function exported(transport: Transport, headers?: Record<string, string>): Promise<ExportStreamsResponse[]> {
  return Array.fromAsync(createClient(ChatApi, transport).exportStreams({}, headers && { headers }))
}

describe.each(streamingWires)('an export over %s', (_name, wire) => {
  it('has every stream at its place, and says of which moment it is', async () => {
    const service = await served()
    const messages = await exported(wire(service))
    const store = await openStore(service.storeUrl)
    onTestFinished(() => store.close())
    const snapshot = await store.snapshot()
    const expected = (await Array.fromAsync(snapshot.batches)).flat()
    expect(messages.flatMap(({ streams }) => streams).map(fromMessage)).toEqual(expected.map(({ stream }) => stream))
    expect(messages.flatMap(({ positions }) => positions)).toEqual(expected.map(({ position }) => BigInt(position)))
    expect(new Set(messages.map(({ revision }) => revision))).toEqual(new Set([`${snapshot.revision}`]))
    const [first] = messages
    expect(first).toMatchObject({ streams: [], directoryId: snapshot.directoryId, approximateSize: 2_509n })
    expect(first?.exportTime?.seconds).toBeGreaterThan(1_700_000_000n)
  })
})

describe('an export', () => {
  it('of a caller who may see a part is that part', async () => {
    const file = join(newFolder(), 'tokens.jsonl')
    const entry = { name: 'part', sha256: digestOf('secret').toString('hex'), role: 'reader', platforms: ['telegram'] }
    writeFileSync(file, `${JSON.stringify(entry)}\n`)
    const service = await served({ authTokens: file })
    const transport = createGrpcTransport({ baseUrl: service.grpcUrl })
    const messages = await exported(transport, { authorization: 'Bearer secret' })
    const visible = STREAMS.filter(({ platform }) => platform === 'telegram')
    expect(messages.flatMap(({ streams }) => streams).map(({ streamId }) => streamId)).toEqual(
      visible.map(({ streamId }) => streamId),
    )
    expect(messages[0]?.approximateSize).toBe(BigInt(visible.length))
    await expect(exported(transport)).rejects.toMatchObject({ code: Code.Unauthenticated })
  })

  it('stays of one moment while streams come in', async () => {
    const service = await served()
    const api = clientOf(createGrpcTransport({ baseUrl: service.grpcUrl }))
    const reading = api.exportStreams({})[Symbol.asyncIterator]()
    const first = await reading.next()
    const { revision } = await api.openStream({ platform: 'qq', groupId: 'late' })
    const ids: string[] = []
    for (let next = first; !next.done; next = await reading.next()) {
      expect(BigInt(next.value.revision)).toBeLessThan(BigInt(revision))
      ids.push(...next.value.streams.map(({ streamId }) => streamId))
    }
    expect(ids).toEqual(STREAMS.map(({ streamId }) => streamId))
  })
})

describe('exports', () => {
  it('are so many at a time, whoever asks, and make room when they end', async () => {
    const exports = new Exports(await newStore())
    const { signal } = new AbortController()
    const begun = Array.from({ length: 4 }, (_, i) => exports.within({ platforms: [`${i}`] }).begin(signal))
    expect(() => exports.begin(signal)).toThrow(expect.objectContaining({ reason: 'OVERLOADED', retryAfterMs: 5_000 }))
    begun[0]![Symbol.dispose]()
    exports.begin(signal)[Symbol.dispose]()
    for (const each of begun) each[Symbol.dispose]()
  })

  it('end with an error where they are not read in time', async () => {
    const store = await newStore()
    await store.commit([creation(groupStream('a'))])
    using begun = new Exports(store).begin(new AbortController().signal, 1)
    const reading = async () => {
      for (;;) for await (const _ of (await begun.snapshot()).batches) await new Promise(setImmediate)
    }
    await expect(reading()).rejects.toThrow(ChatApiError)
    await expect(begun.snapshot()).rejects.toMatchObject({ reason: 'OVERLOADED' })
  })
})
