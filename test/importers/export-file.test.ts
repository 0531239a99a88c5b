import { createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { writeExport } from '../../src/export-file/write.ts'
import { openSource } from '../../src/importers/detect.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { databaseOf } from '../support/database.ts'
import { STREAMS } from '../support/moved-streams.ts'
import { groupStream } from '../support/streams.ts'
import { importInto, newFolder, newStore, streamsOf } from './scene.ts'

/** An export of a store with these streams. */
async function exportOf(streams = STREAMS): Promise<string> {
  const store = await openSqliteStore(await databaseOf(streams))
  onTestFinished(() => store.close())
  const path = join(newFolder(), 'chats.jsonl')
  const snapshot = await store.snapshot()
  await pipeline(writeExport({ ...snapshot, exportTime: 0 }, snapshot.batches), createWriteStream(path))
  return path
}

const ALL_CREATED = { read: STREAMS.length, created: STREAMS.length, updated: 0, unchanged: 0, refused: 0 }

describe('an export file', () => {
  it('comes in whole and in its order, and is all unchanged the second time', async () => {
    const path = await exportOf()
    const store = await newStore()
    expect(await importInto(store, path)).toMatchObject(ALL_CREATED)
    expect(await streamsOf(store)).toEqual(STREAMS)
    const again = { ...ALL_CREATED, created: 0, unchanged: STREAMS.length }
    expect(await importInto(store, path)).toMatchObject(again)
  })

  it('says what it is, and comes in compressed as well, under any name', async () => {
    const path = await exportOf()
    const compressed = join(newFolder(), 'chats.backup')
    writeFileSync(compressed, gzipSync(readFileSync(path)))
    const source = await openSource(compressed)
    expect(source).toMatchObject({ kind: 'ChatApi, export file', approximateCount: STREAMS.length })
    await source.close()
    const store = await newStore()
    expect(await importInto(store, compressed)).toMatchObject(ALL_CREATED)
  })

  it.each([
    ['cut off', (text: string) => text.slice(0, -200), /its end is missing/],
    ['altered', (text: string) => text.replace('Group plain 1400', 'Group plain 140O'), /line \d+: stream\.etag is/],
    ['another JSON file', () => '{"streams": []}\n', /its first line is not that of an export file/],
  ])('that is %s is refused before anything is written', async (_what, change, why) => {
    const path = await exportOf()
    writeFileSync(path, change(readFileSync(path, 'utf8')))
    const store = await newStore()
    const importing = importInto(store, path)
    await expect(importing).rejects.toThrow(why)
    await expect(importing).rejects.toMatchObject({ name: 'SourceError' })
    expect(await streamsOf(store)).toEqual([])
    expect(await store.revision()).toBe(0n)
  })

  it('stands beside what is there already', async () => {
    const path = await exportOf([groupStream('a', { labels: { team: 'blue' } })])
    const store = await newStore()
    await importInto(store, await exportOf([groupStream('a', { labels: { team: 'red', kind: 'x' } })]))
    expect(await importInto(store, path)).toMatchObject({ unchanged: 1 })
    expect(await streamsOf(store)).toMatchObject([{ labels: { team: 'red', kind: 'x' } }])
  })
})
