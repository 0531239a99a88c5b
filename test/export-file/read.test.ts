import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { ExportFileError, type ExportFooter } from '../../src/export-file/format.ts'
import { type ExportRow, readExport, readExportHeader } from '../../src/export-file/read.ts'
import { writeExport } from '../../src/export-file/write.ts'
import type { StoredStream } from '../../src/store/store.ts'
import { newFolder } from '../importers/scene.ts'
import { STREAMS } from '../support/moved-streams.ts'

const HEADER = { directoryId: 'd1', revision: 42n, exportTime: 1_767_323_045 }
const STORED: readonly StoredStream[] = STREAMS.slice(0, 12).map((stream, i) => ({
  position: 3 * i + 2,
  streamId: stream.streamId,
  stream,
}))

async function* batches(): AsyncGenerator<readonly StoredStream[]> {
  yield STORED.slice(0, 5)
  yield STORED.slice(5)
}

let whole: Buffer

beforeAll(async () => {
  whole = Buffer.concat(await Array.fromAsync(writeExport(HEADER, batches())))
})

function fileOf(bytes: Uint8Array): string {
  const path = join(newFolder(), 'export.jsonl')
  writeFileSync(path, bytes)
  return path
}

async function read(bytes: Uint8Array): Promise<{ rows: ExportRow[]; footer: ExportFooter }> {
  const reading = readExport(fileOf(bytes))
  const rows: ExportRow[] = []
  for (;;) {
    const { done, value } = await reading.next()
    if (done) return { rows, footer: value }
    rows.push(value)
  }
}

/** The file with other lines, and a checksum that fits them. */
async function rewritten(change: (lines: string[]) => string[]): Promise<Buffer> {
  const { createHash } = await import('node:crypto')
  const lines = change(whole.toString().trimEnd().split('\n').slice(0, -1))
  const body = lines.map((line) => `${line}\n`).join('')
  const sha256 = createHash('sha256').update(body).digest('hex')
  return Buffer.from(`${body}${JSON.stringify({ streams: lines.length - 1, sha256 })}\n`)
}

describe('an export file', () => {
  it('has a header, a line for each stream and a footer', () => {
    const lines = whole.toString().split('\n')
    expect(JSON.parse(lines[0]!)).toEqual({
      format: 'chatapi-export',
      version: 1,
      directory_id: 'd1',
      revision: '42',
      export_time: '2026-01-02T03:04:05Z',
    })
    expect(Object.keys(JSON.parse(lines[1]!))).toEqual(['stream', 'position'])
    expect(JSON.parse(lines.at(-2)!)).toEqual({ streams: 12, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(lines.at(-1)).toBe('')
  })

  it.each([
    ['as it is', (bytes: Buffer) => bytes],
    ['compressed', (bytes: Buffer) => gzipSync(bytes)],
  ])('gives back all streams in their places, %s', async (_how, stored) => {
    const { rows, footer } = await read(stored(whole))
    expect(rows.map((row) => 'stored' in row && row.stored)).toEqual(STORED)
    expect(footer.streams).toBe(12)
    expect(await readExportHeader(fileOf(stored(whole)))).toEqual(HEADER)
  })

  it('is refused wherever it is cut off', async () => {
    const cuts = Array.from({ length: 60 }, (_, i) => Math.floor((i * (whole.length - 1)) / 60))
    for (const length of [...cuts, whole.length - 2]) {
      await expect(read(whole.subarray(0, length)), `cut to ${length}`).rejects.toThrow(ExportFileError)
    }
    const compressed = gzipSync(whole)
    for (const length of [compressed.length >> 1, compressed.length - 4]) {
      await expect(read(compressed.subarray(0, length))).rejects.toThrow(/its end is missing/)
    }
  })

  it('is refused where a single byte was altered', async () => {
    for (let at = 0; at < whole.length; at += 997) {
      const altered = Buffer.from(whole)
      altered[at] = altered[at]! ^ 1
      const outcome = read(altered).then(({ rows }) => {
        if (rows.some((row) => 'fault' in row)) throw new ExportFileError('a row is refused')
      })
      await expect(outcome, `byte ${at}`).rejects.toThrow(ExportFileError)
    }
  })

  it('tells of a stream that was altered also where its checksum was made to fit', async () => {
    const altered = await rewritten((lines) => lines.map((line) => line.replaceAll('Cats', 'Dogs')))
    const { rows } = await read(altered)
    expect(rows.filter((row) => 'fault' in row)).toEqual([
      { line: 2, fault: expect.stringMatching(/stream\.etag is ".*", and that of the rest/) },
    ])
  })

  it.each([
    [
      'of a newer version',
      (line: string) => line.replace('"version":1', '"version":2'),
      /of version 2, and this chatapi/,
    ],
    ['of something else', (line: string) => line.replace('chatapi-export', 'other'), /not that of an export file/],
    ['without a revision', (line: string) => line.replace('"42"', '""'), /its first line is damaged/],
  ])('with a header %s is refused', async (_what, change, why) => {
    const bytes = await rewritten(([first = '', ...rest]) => [change(first), ...rest])
    await expect(read(bytes)).rejects.toThrow(why)
    await expect(readExportHeader(fileOf(bytes))).rejects.toThrow(why)
  })

  it('with more behind its end, or nothing in it, is refused', async () => {
    await expect(read(Buffer.concat([whole, Buffer.from('{}\n')]))).rejects.toThrow(
      /line 15 follows what should be the last/,
    )
    await expect(read(Buffer.alloc(0))).rejects.toThrow(/it is empty/)
    await expect(readExportHeader(fileOf(Buffer.alloc(0)))).rejects.toThrow(/it is empty/)
  })
})
