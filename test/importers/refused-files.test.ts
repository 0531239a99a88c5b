import { copyFileSync, linkSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSource } from '../../src/importers/detect.ts'
import { SourceError } from '../../src/importers/source.ts'
import { botDatabase, looseDatabase, newFolder, stateOf } from './scene.ts'

/** The message that a source is refused with; the folder it lies in is as before. */
async function refusalOf(path: string): Promise<string> {
  const before = stateOf(dirname(path))
  const error = await openSource(path).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(SourceError)
  expect(stateOf(dirname(path))).toEqual(before)
  const { message } = error as SourceError
  expect(message).not.toContain('\n')
  return message
}

function file(content: string | Uint8Array): string {
  const path = join(newFolder(), 'MaiBot.db')
  writeFileSync(path, content)
  return path
}

function database(sql: string): string {
  const path = join(newFolder(), 'MaiBot.db')
  const made = new DatabaseSync(path)
  made.exec(sql)
  made.close()
  return path
}

describe('a source that is no database of a bot is refused in one line and left alone:', () => {
  it('no file', async () => {
    const folder = newFolder()
    expect(await refusalOf(join(folder, 'none.db'))).toMatch(/cannot read .*none\.db: there is no such file/)
  })

  it('a folder', async () => {
    await expect(openSource(newFolder())).rejects.toThrow(/is a folder; expected a database file/)
  })

  it('an empty file', async () => {
    expect(await refusalOf(file(''))).toMatch(/is empty; expected a SQLite database/)
  })

  it('a file of another kind, or an encrypted one', async () => {
    expect(await refusalOf(file('hello'))).toMatch(/is not a SQLite database, or it is encrypted/)
    expect(await refusalOf(file(new Uint8Array(8_192).fill(0x5a)))).toMatch(/or it is encrypted/)
  })

  it('a database without tables', async () => {
    expect(await refusalOf(database('PRAGMA user_version = 1'))).toMatch(/has no table chat_streams.*its tables: none/)
  })

  it('a database of another program', async () => {
    const path = database(Array.from({ length: 7 }, (_, i) => `CREATE TABLE t${i} (a)`).join(';'))
    expect(await refusalOf(path)).toMatch(/has no table chat_streams.*its tables: t0, t1, t2, t3, t4 and 2 more/)
  })

  it('a table chat_streams with other columns', async () => {
    const path = database('CREATE TABLE chat_streams (id INTEGER PRIMARY KEY, stream_id, platform)')
    expect(await refusalOf(path)).toMatch(
      /lacks user_platform, user_id.*last_active_time; it is not one that MaiBot made/,
    )
  })

  it('a table chat_sessions with other columns', async () => {
    const path = database('CREATE TABLE chat_sessions (id INTEGER PRIMARY KEY); PRAGMA user_version = 40')
    expect(await refusalOf(path)).toMatch(/chat_sessions.*lacks session_id.*last_active_timestamp; it is not one/)
  })

  it.each([50, 100, 4_096, 20_000, 100_000, 176_127])('a database that is cut off after %i bytes', async (size) => {
    const path = botDatabase('closed')
    truncateSync(path, size)
    expect(await refusalOf(path)).toMatch(/is cut off: it has \d+ of \d+ bytes/)
  })

  it('a database with a page overwritten', async () => {
    const path = join(newFolder(), 'MaiBot.db')
    copyFileSync(looseDatabase(Array.from({ length: 500 }, (_, i) => ({ stream_id: `s${i}` }))), path)
    const bytes = readFileSync(path)
    bytes.fill(0xa5, 4_096 * 4, 4_096 * 5)
    writeFileSync(path, bytes)
    expect(await refusalOf(path)).toMatch(/is damaged/)
  })

  it('a database that another process has locked', async () => {
    const path = looseDatabase([{}])
    const other = new DatabaseSync(path)
    onTestFinished(() => other.close())
    other.exec('BEGIN EXCLUSIVE')
    expect(await refusalOf(path)).toMatch(/is locked by another process; try again/)
  })

  it('a file that is no regular one', async () => {
    await expect(openSource('/dev/null')).rejects.toThrow(/no regular file/)
  })

  it('a path through a file', async () => {
    await expect(openSource(join(file('x'), 'MaiBot.db'))).rejects.toThrow(/there is no such file/)
  })
})

it('knows the store that would be written to, whatever its name', async () => {
  const path = botDatabase('closed')
  const source = await openSource(path)
  onTestFinished(() => source.close())
  mkdirSync(join(dirname(path), 'sub'))
  const isWithin = (target: string) => source.isWithin({ engine: 'sqlite', path: target })
  expect(await isWithin(join(dirname(path), 'sub', '..', 'MaiBot.db'))).toBe(true)
  symlinkSync(path, join(dirname(path), 'link.db'))
  linkSync(path, join(dirname(path), 'hard-link.db'))
  expect(await isWithin(join(dirname(path), 'link.db'))).toBe(true)
  expect(await isWithin(join(dirname(path), 'hard-link.db'))).toBe(true)
  copyFileSync(path, join(dirname(path), 'copy.db'))
  expect(await isWithin(join(dirname(path), 'copy.db'))).toBe(false)
  expect(await isWithin(join(dirname(path), 'other.db'))).toBe(false)
  expect(await source.isWithin({ engine: 'mongodb', url: 'mongodb://127.0.0.1/x', database: 'x' })).toBe(false)
})
