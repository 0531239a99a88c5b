import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { digestOf } from '../../src/access/tokens.ts'
import { uploadsFolder } from '../../src/importers/uploads.ts'
import { newFolder } from '../importers/scene.ts'
import { sessionDatabase } from '../importers/sessions.ts'
import { databaseOf } from '../support/database.ts'
import { failureOf } from '../support/errors.ts'
import { STREAMS } from '../support/moved-streams.ts'
import { type ChatApiClient, clientOf, startService, wires } from '../support/service.ts'
import { untilServing } from '../support/serving.ts'

const CHUNK_BYTES = 300_000
const bot = fileURLToPath(new URL('../fixtures/maibot-0.12.db', import.meta.url))

async function served(options: Parameters<typeof startService>[0] = {}) {
  const service = await startService(options)
  await untilServing(service.grpcUrl)
  onTestFinished(() => expect(left(service.storeUrl)).toEqual([]))
  return service
}

/** What lies in the folder for uploads to a store. */
function left(storeUrl: string): string[] {
  const folder = uploadsFolder(storeUrl)
  return existsSync(folder) ? readdirSync(folder) : []
}

async function upload(api: ChatApiClient, file: Uint8Array, headers: Record<string, string> = {}) {
  const { importId } = await api.createImport({ sizeBytes: BigInt(file.length) }, { headers })
  for (let offset = 0; offset < file.length; offset += CHUNK_BYTES) {
    const data = file.subarray(offset, offset + CHUNK_BYTES)
    const { receivedBytes } = await api.uploadImportChunk({ importId, offset: BigInt(offset), data }, { headers })
    expect(receivedBytes).toBe(BigInt(offset + data.length))
  }
  return { importId, sha256: createHash('sha256').update(file).digest('hex') }
}

describe.each(Object.entries(wires))('an import over %s', (_name, wire) => {
  it('brings in what a bot recorded, after a dry run', async () => {
    const service = await served()
    const api = clientOf(wire(service))
    const uploaded = await upload(api, readFileSync(bot))
    const counts = { read: 60n, created: 60n, updated: 0n, unchanged: 0n, refused: 0n, refusedRows: [] }
    const dryRun = await api.finishImport({ ...uploaded, dryRun: true, timeZone: 'Asia/Shanghai' })
    expect(dryRun).toMatchObject({ ...counts, source: 'MaiBot 0.7 to 0.12, SQLite', revision: '' })
    expect((await api.getStreamsSummary({})).totalStreams).toBe(0n)
    const report = await api.finishImport(uploaded)
    expect(report).toMatchObject({ ...counts, revision: expect.stringMatching(/^\d+$/) })
    expect((await api.getStreamsSummary({})).totalStreams).toBe(60n)
    expect((await failureOf(api.finishImport(uploaded))).reason).toBe('ERROR_REASON_IMPORT_INVALID')
  })
})

describe('an import', () => {
  it('takes a store of ours whole, and says of rows why they are refused', async () => {
    const service = await served()
    const api = clientOf(createGrpcTransport({ baseUrl: service.grpcUrl }))
    const path = await databaseOf(STREAMS)
    const taken = await api.finishImport(await upload(api, readFileSync(path)))
    expect(taken).toMatchObject({ created: BigInt(STREAMS.length), refused: 0n, source: 'ChatApi, SQLite' })
    const clashing = await databaseOf([{ ...STREAMS[10]!, groupInfo: { platform: 'qq', groupId: 'another' } }])
    const refused = await api.finishImport(await upload(api, readFileSync(clashing)))
    expect(refused).toMatchObject({ read: 1n, refused: 1n })
    expect(refused.refusedRows).toMatchObject([
      { place: 'position 1', streamId: STREAMS[10]!.streamId, why: expect.stringContaining('already belongs to') },
    ])
  })

  it('reads times in the zone that is named, and says what of a row is not as it was', async () => {
    const service = await served()
    const api = clientOf(createGrpcTransport({ baseUrl: service.grpcUrl }))
    const path = sessionDatabase({ sessions: [{ last_active_timestamp: '2025-11-02 01:30:00' }] })
    const uploaded = await upload(api, readFileSync(path))
    const report = await api.finishImport({ ...uploaded, timeZone: 'America/New_York' })
    expect(report).toMatchObject({ source: 'MaiBot 1.x, SQLite (schema 45)', created: 1n, refused: 0n, altered: 1n })
    expect(report.alteredRows).toMatchObject([
      { place: 'row 1', why: expect.stringContaining('was twice in America/New_York') },
    ])
    const { streams } = await api.getAllStreams({})
    expect(streams[0]?.lastActiveTime?.seconds).toBe(BigInt(Date.parse('2025-11-02T05:30:00Z') / 1000))
  })

  it('refuses a file that is nothing to import, and does not say where it is kept', async () => {
    const service = await served()
    const api = clientOf(createGrpcTransport({ baseUrl: service.grpcUrl }))
    for (const [text, why] of [
      ['neither', /^the file is not a SQLite database/],
      ['{"streams": []}\n', /^the file is no export file that can be read: its first line/],
    ] as const) {
      const uploaded = await upload(api, Buffer.from(text))
      const failure = await failureOf(api.finishImport(uploaded))
      expect(failure).toMatchObject({ code: 'InvalidArgument', reason: 'ERROR_REASON_IMPORT_INVALID' })
      expect(failure.message).toMatch(why)
      expect(failure.message).not.toContain('/tmp')
    }
    const zone = await failureOf(
      api.finishImport({ importId: '0'.repeat(32), sha256: '0'.repeat(64), timeZone: 'Mars' }),
    )
    expect(zone).toMatchObject({ code: 'InvalidArgument', reason: 'ERROR_REASON_INVALID_FIELD' })
  })

  it('is for administrators, each for their own part', async () => {
    const file = join(newFolder(), 'tokens.jsonl')
    const entries = [
      { name: 'recorder', sha256: digestOf('recorder').toString('hex'), role: 'recorder' },
      { name: 'part', sha256: digestOf('part').toString('hex'), role: 'admin', platforms: ['telegram'] },
      { name: 'other', sha256: digestOf('other').toString('hex'), role: 'admin' },
    ]
    writeFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    const service = await served({ authTokens: file })
    const api = clientOf(createGrpcTransport({ baseUrl: service.grpcUrl }))
    const as = (token: string) => ({ authorization: `Bearer ${token}` })
    const refused = await failureOf(api.createImport({ sizeBytes: 1n }, { headers: as('recorder') }))
    expect(refused.reason).toBe('ERROR_REASON_PERMISSION_DENIED')
    const copy = join(newFolder(), 'MaiBot.db')
    cpSync(bot, copy)
    const uploaded = await upload(api, readFileSync(copy), as('part'))
    const foreign = await failureOf(api.finishImport(uploaded, { headers: as('other') }))
    expect(foreign.reason).toBe('ERROR_REASON_IMPORT_INVALID')
    const report = await api.finishImport(uploaded, { headers: as('part') })
    expect(report).toMatchObject({ read: 60n, created: 13n, refused: 47n })
    expect(report.refusedRows[0]?.why).toMatch(/these credentials do not cover platform/)
  })
})
