import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { onTestFinished, vi } from 'vitest'
import { Commands } from '../../src/directory/commands.ts'
import type { Stream } from '../../src/domain/stream.ts'
import { Follower } from '../../src/followers/follower.ts'
import { openFollowed } from '../../src/followers/open-source.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { newFolder } from '../importers/scene.ts'

vi.setConfig({ testTimeout: 30_000 })

type Value = string | number | null

/** A process that writes a database as a bot does. */
export interface Bot {
  readonly path: string
  readonly child: ChildProcess
  run(sql: string, ...parameters: Value[]): Promise<Record<string, unknown>[]>
  /** Adds a row, or replaces the one that it breaks the rules with. */
  put(table: string, row: Readonly<Record<string, Value>>): Promise<void>
  /** Ends it as its owner does. */
  stop(): Promise<void>
  /** Ends it in the middle of whatever it does. */
  kill(): Promise<void>
}

export async function startBot(path = join(newFolder(), 'MaiBot.db'), synchronous = 'OFF'): Promise<Bot> {
  const script = fileURLToPath(new URL('./bot-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script, path, synchronous], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => JSON.parse((await lines.next()).value ?? 'null')
  await answer()
  const bot: Bot = {
    path,
    child,
    run(sql, ...parameters) {
      child.stdin.write(`${JSON.stringify([sql, ...parameters])}\n`)
      return answer()
    },
    async put(table, row) {
      const marks = Object.keys(row).map(() => '?')
      const columns = Object.keys(row).join(', ')
      await bot.run(`REPLACE INTO ${table} (${columns}) VALUES (${marks.join(', ')})`, ...Object.values(row))
    },
    async stop() {
      const ended = once(child, 'close')
      child.stdin.end()
      await ended
    },
    async kill() {
      const ended = once(child, 'close')
      child.kill('SIGKILL')
      await ended
    },
  }
  return bot
}

export interface Followed {
  /** Stops following, and waits until it is over. */
  stop(): Promise<void>
  readonly follower: Follower
  /** What was logged. */
  readonly lines: Record<string, unknown>[]
  /** Waits until a line of the log has this message. */
  logs(message: string): Promise<void>
}

export interface FollowOptions {
  readonly timeZone?: string
  readonly leaseMs?: number
}

/** Follows into a store, and looks often. */
export async function follow(store: Store, source: string | string[], options: FollowOptions = {}): Promise<Followed> {
  const { timeZone = 'Asia/Shanghai', leaseMs } = options
  const lines: Record<string, unknown>[] = []
  const heard: (() => void)[] = []
  const log = pino(
    { base: null, formatters: { level: (level) => ({ level }) } },
    {
      write(line: string) {
        lines.push(JSON.parse(line))
        for (const tell of heard.splice(0)) tell()
      },
    },
  )
  const open = (name: string) =>
    openFollowed(
      name,
      { engine: 'sqlite', path: 'none' },
      {
        timeZone,
        lookIntervalMs: 5,
        passIntervalMs: 50,
        onKind: (kind) => log.info(kind),
      },
    )
  const ending = new AbortController()
  const follower = new Follower({
    store,
    commands: new Commands(store),
    sources: await Promise.all([source].flat().map(open)),
    log,
    retryMs: 10,
    renewMs: 20,
    ...(leaseMs !== undefined && { leaseMs }),
  })
  const running = follower.run(ending.signal)
  async function stop() {
    ending.abort()
    await running
  }
  onTestFinished(stop)
  return {
    stop,
    follower,
    lines,
    async logs(message) {
      while (!lines.some(({ msg }) => String(msg).includes(message))) {
        await new Promise<void>((resolve) => heard.push(resolve))
      }
    },
  }
}

export async function newStore(path = join(newFolder(), 'chatapi.db')): Promise<Store> {
  const store = await openSqliteStore(path, { pollIntervalMs: 5 })
  onTestFinished(() => store.close())
  return store
}

/** Waits until the stream of an id is as expected, and returns it. */
export async function untilStream(
  store: Store,
  streamId: string,
  isExpected: (stream: Stream) => boolean = () => true,
): Promise<Stream> {
  const { cursor } = await store.snapshot()
  const stream = await streamOf(store, streamId)
  if (stream && isExpected(stream)) return stream
  for await (const { changes } of store.watch(cursor)) {
    for (const { after } of changes) {
      if (after?.streamId === streamId && isExpected(after.stream)) return after.stream
    }
  }
  throw new Error('a watch does not end')
}

export async function streamOf(store: Store, streamId: string): Promise<Stream | undefined> {
  const { found } = await store.get([streamId])
  return found[0]?.stream
}

/** Waits until what the bot has written up to now was read: it writes another chat, which then shows. */
export async function untilRead(store: Store, writeAnother: (streamId: string) => Promise<unknown>): Promise<void> {
  const streamId = `last ${Math.random()}`
  await writeAnother(streamId)
  await untilStream(store, streamId)
}
