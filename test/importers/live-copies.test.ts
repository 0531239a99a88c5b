import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync } from 'node:fs'
import { watch } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished, vi } from 'vitest'
import { SourceError } from '../../src/importers/source.ts'
import { copyDatabase } from '../../src/importers/sqlite-copy.ts'
import { looseDatabase, newFolder } from './scene.ts'

/** So many that a bot commits many times while they are copied: about 64 MiB. */
const ROWS = 16_000

interface Bot {
  readonly child: ChildProcess
  /** Returns how often it has committed. */
  stop(): Promise<number>
}

function database(): string {
  return looseDatabase([], (db) => {
    db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
      INSERT INTO chat_streams (stream_id, create_time, group_name, user_nickname)
      SELECT i, 0, 'whole', printf('%.3900c', 'x') FROM n`)
  })
}

/** Starts a process that has begun to write; see bot-writer.ts. */
async function startBot(path: string, habit: string): Promise<Bot> {
  const script = fileURLToPath(new URL('./bot-writer.ts', import.meta.url))
  const child = spawn(process.execPath, [script, path, habit], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('writing')
  return {
    child,
    async stop() {
      child.stdin.end()
      return Number((await lines.next()).value)
    },
  }
}

/** A folder for copies, and when the copy is begun that many times. */
function copies(): { folder: string; begun(attempt: number): Promise<void> } {
  const folder = newFolder()
  vi.stubEnv('TMPDIR', folder)
  onTestFinished(() => void vi.unstubAllEnvs())
  return {
    folder,
    async begun(attempt) {
      for await (const { filename } of watch(folder, { recursive: true }))
        if (filename?.endsWith(`attempt-${attempt}.db`)) return
    },
  }
}

/** What was taken from the first half of the rows and given to the second, in the state that the files are in. */
function moved(path: string): { taken: number; given: number } {
  const db = new DatabaseSync(path)
  const sum = (condition: string) => {
    const row = db.prepare(`SELECT total(create_time) AS sum FROM chat_streams WHERE ${condition}`).get()
    return Number(row?.sum)
  }
  const sums = { taken: -sum(`id <= ${ROWS / 2}`), given: sum(`id > ${ROWS / 2}`) }
  db.close()
  return sums
}

it.each(['journal', 'restarting-wal'])(
  'takes no copy that was written to meanwhile, and one once the bot rests (%s)',
  async (habit) => {
    const path = database()
    const bot = await startBot(path, habit)
    const retried = copies().begun(2)
    const copying = copyDatabase(path)
    await Promise.race([retried, copying])
    const commits = await bot.stop()
    const copy = await copying
    expect(moved(copy.path)).toEqual({ taken: commits, given: commits })
    await copy.remove()
  },
)

it('takes a copy while a -wal grows and is moved into the database', async () => {
  const path = database()
  const bot = await startBot(path, 'growing-wal')
  const copy = await copyDatabase(path)
  const { taken, given } = moved(copy.path)
  expect(given).toBe(taken)
  expect(await bot.stop()).toBeGreaterThanOrEqual(given)
  await copy.remove()
})

it.each(['journal', 'restarting-wal'])('gives up on a database that never rests, and says so (%s)', async (habit) => {
  const path = database()
  await startBot(path, habit)
  const { folder } = copies()
  const error = await copyDatabase(path).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(SourceError)
  expect((error as Error).message).toBe(`${path} is being written all the time; stop what writes it, or import a copy`)
  expect(readdirSync(folder)).toEqual([])
})

it('copies what undoes a transaction that a killed bot left unfinished', async () => {
  const path = database()
  const bot = await startBot(path, 'unfinished')
  bot.child.kill('SIGKILL')
  await once(bot.child, 'exit')
  const changed = (database: string) => {
    const db = new DatabaseSync(database)
    const { count } = db.prepare("SELECT count(*) AS count FROM chat_streams WHERE group_name = 'half'").get()!
    db.close()
    return count
  }
  const alone = join(newFolder(), 'alone.db')
  cpSync(path, alone)
  expect(changed(alone)).toBeGreaterThan(0)
  const copy = await copyDatabase(path)
  expect(changed(copy.path)).toBe(0)
  await copy.remove()
})
