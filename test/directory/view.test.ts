import pino from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Commands } from '../../src/directory/commands.ts'
import type { Frame } from '../../src/directory/rows.ts'
import { View, type ViewOptions } from '../../src/directory/view.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { CursorExpiredError, type Store, StoreUnavailableError } from '../../src/store/store.ts'
import { frames } from '../../src/wire/frames.ts'
import { openTestStore } from '../support/directory.ts'
import { creation, deletion, groupStream, update } from '../support/streams.ts'

/** Long enough that no test waits for it. */
const NEVER_MS = 3_600_000

/** What was logged, one entry for each line. */
type Lines = Record<string, unknown>[]

function follow(store: Store, { lines = [], ...options }: ViewOptions & { lines?: Lines } = {}): View {
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) })
  const view = new View(store, frames, log, options)
  const ending = new AbortController()
  const following = view.follow(ending.signal)
  onTestFinished(async () => {
    ending.abort()
    await following
  })
  return view
}

const activity = (userId: string) => ({ platform: 'qq', userInfo: { platform: 'qq', userId }, activeTime: 5 })

function found(view: View, id: string): boolean {
  return view.find({ kind: 'private', id }, 'qq') !== undefined
}

/** A store whose watch fails in given ways before it works. */
function failing(store: Store, failures: Error[]): Store {
  return Object.assign(Object.create(store) as Store, {
    capabilities: store.capabilities,
    snapshot: store.snapshot.bind(store),
    async *watch(...args: Parameters<Store['watch']>) {
      const failure = failures.shift()
      if (failure) throw failure
      yield* store.watch(...args)
    },
  })
}

describe('the view', () => {
  it('says that it is loading until it has the whole directory', async () => {
    const store = await openTestStore()
    const view = follow(store)
    expect(() => view.assertReady()).toThrow(
      expect.objectContaining({ reason: 'DIRECTORY_LOADING', retryAfterMs: 1_000 }),
    )
    await view.loaded
    view.assertReady()
  })

  it('holds what was stored before it started and what is committed later', async () => {
    const store = await openTestStore()
    const commands = new Commands(store)
    await commands.record([activity('1')])
    const view = follow(store)
    await view.loaded
    expect(found(view, '1')).toBe(true)
    const { revision } = await commands.record([activity('2')])
    await view.waitFor(revision!)
    expect(found(view, '2')).toBe(true)
  })

  it('sees the commits of another store object on the same file', async () => {
    const store = await openTestStore()
    const view = follow(store)
    await view.loaded
    const other = await openSqliteStore(store.path)
    onTestFinished(() => other.close())
    const { revision } = await new Commands(other).record([activity('1')])
    await view.waitFor(revision!)
    expect(found(view, '1')).toBe(true)
  })

  it('goes on where it was after the store was away, and starts anew where the log was cut', async () => {
    const store = await openTestStore()
    const commands = new Commands(store)
    await commands.record([activity('1'), activity('2')])
    const lines: Lines = []
    const failures = [new StoreUnavailableError('away'), new CursorExpiredError('cut')]
    const view = follow(failing(store, failures), { lines })
    await view.loaded
    const [gone] = (await store.get([frames.streamId(view.find({ kind: 'private', id: '1' }, 'qq') as Frame)])).found
    const deleted = await store.commit([deletion(gone!.stream)])
    const { revision } = await commands.record([activity('3')])
    await view.waitFor(revision!)
    expect(['1', '2', '3'].map((id) => found(view, id))).toEqual([false, true, true])
    expect(lines).toMatchObject([
      { level: 30, streams: 2, revision: String(deleted - 1n) },
      { level: 40, err: { message: 'away' }, msg: expect.stringContaining('goes on') },
      { level: 40, err: { message: 'cut' }, msg: expect.stringContaining('anew') },
      { level: 30, streams: 2, revision: String(revision) },
    ])
  })

  it('goes on at once where it is told that the store is back', async () => {
    const store = await openTestStore()
    const failed = Promise.withResolvers<void>()
    const away = Object.assign(failing(store, []), {
      async snapshot() {
        away.snapshot = store.snapshot.bind(store)
        setImmediate(failed.resolve)
        throw new StoreUnavailableError('away')
      },
    }) as Store
    const view = follow(away, { firstRetryMs: NEVER_MS })
    await failed.promise
    view.hasten()
    await view.loaded
  })

  it('goes on behind the last event that it took in', async () => {
    const store = await openTestStore()
    const commands = new Commands(store)
    const asked: string[] = []
    const told: string[] = []
    const view = follow(
      Object.assign(Object.create(store) as Store, {
        snapshot: store.snapshot.bind(store),
        async *watch(...[cursor, options]: Parameters<Store['watch']>) {
          asked.push(cursor)
          for await (const event of store.watch(cursor, options)) {
            told.push(event.cursor)
            yield event
            if (asked.length === 1) throw new StoreUnavailableError('away')
          }
        },
      }),
    )
    await view.loaded
    await view.waitFor((await commands.record([activity('1')])).revision!)
    await view.waitFor((await commands.record([activity('2')])).revision!)
    expect(asked[1]).toBe(told[0])
    expect(told).toHaveLength(2)
  })

  it('drops on a new snapshot what was removed where it could not watch', async () => {
    const store = await openTestStore()
    const stream = groupStream('1')
    await store.commit([creation(stream)])
    const removed = Promise.withResolvers<void>()
    let hasExpired = false
    const view = follow(
      Object.assign(Object.create(store) as Store, {
        snapshot: store.snapshot.bind(store),
        async *watch(...args: Parameters<Store['watch']>) {
          if (!hasExpired) {
            hasExpired = true
            await removed.promise
            throw new CursorExpiredError('cut')
          }
          yield* store.watch(...args)
        },
      }),
    )
    await view.loaded
    const revision = await store.commit([deletion(stream)])
    removed.resolve()
    await view.waitFor(revision)
    expect(view.get(stream.streamId)).toBeUndefined()
  })

  it('says while it loads that it does, how far it is, and when to ask again', async () => {
    const store = await openTestStore()
    await store.commit([creation(groupStream('1')), creation(groupStream('2'))])
    const [taken, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const view = follow(
      Object.assign(Object.create(store) as Store, {
        async snapshot(...args: Parameters<Store['snapshot']>) {
          const snapshot = await store.snapshot(...args)
          const batches = async function* () {
            yield* snapshot.batches
            taken.resolve()
            await gate.promise
          }
          return Object.assign(Object.create(snapshot) as typeof snapshot, { batches: batches() })
        },
        watch: store.watch.bind(store),
      }),
    )
    const loading = { reason: 'DIRECTORY_LOADING', retryAfterMs: 1_000 }
    expect(() => view.assertReady()).toThrow(expect.objectContaining(loading))
    await taken.promise
    expect(() => view.assertReady()).toThrow(
      expect.objectContaining({ ...loading, message: expect.stringContaining('2 of about 2 streams') }),
    )
    gate.resolve()
    await view.loaded
    view.assertReady()
  })

  it('answers with no earlier revision than what a new snapshot shows while it is taken in', async () => {
    const store = await openTestStore()
    const first = await store.commit([creation(groupStream('1'))])
    const [taken, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let snapshots = 0
    const view = follow(
      Object.assign(Object.create(store) as Store, {
        async snapshot(...args: Parameters<Store['snapshot']>) {
          const snapshot = await store.snapshot(...args)
          if (++snapshots === 1) return snapshot
          const batches = async function* () {
            yield* snapshot.batches
            taken.resolve()
            await gate.promise
          }
          return Object.assign(Object.create(snapshot) as typeof snapshot, { batches: batches() })
        },
        async *watch(...args: Parameters<Store['watch']>) {
          if (snapshots > 1) yield* store.watch(...args)
          await store.commit([creation(groupStream('2'))])
          throw new CursorExpiredError('cut')
        },
      }),
    )
    await view.loaded
    expect(view.count({})).toEqual({ found: [{ platform: 'qq', type: 'group', count: 1 }], revision: first })
    await taken.promise
    expect(view.count({})).toEqual({ found: [{ platform: 'qq', type: 'group', count: 2 }], revision: first + 1n })
    expect(view.listState({})).toMatchObject({ revision: first + 1n })
    gate.resolve()
    await view.waitFor(first + 1n)
  })

  it('does not wait at all for a caller who is gone already', async () => {
    const view = follow(await openTestStore())
    await view.loaded
    const signal = AbortSignal.abort(new Error('gone'))
    await expect(view.waitFor(10n ** 15n, { signal })).rejects.toThrow('gone')
  })

  it('leaves out a stream that it cannot hold, and goes on with the others', async () => {
    const store = await openTestStore()
    const lines: Lines = []
    const view = follow(store, { lines })
    await view.loaded
    const commands = new Commands(store)
    const huge = {
      streamId: 'huge',
      platform: 'qq',
      accountId: '',
      scope: '',
      userInfo: { platform: 'qq', userId: 'huge', userNickname: 'x'.repeat(2 ** 21) },
      createTime: 1,
      lastActiveTime: 1,
      labels: {},
      aliasIds: [],
    }
    await store.commit([{ kind: 'put', stream: huge, expect: null }])
    const { revision } = await commands.record([activity('2')])
    await view.waitFor(revision!)
    expect(['huge', '2'].map((id) => found(view, id))).toEqual([false, true])
    expect(lines.at(-1)).toMatchObject({
      level: 50,
      stream_id: 'huge',
      err: { message: expect.stringContaining('does not fit') },
    })
    // One that becomes too large is not shown as it was.
    const [grown] = (await store.get([(await commands.open(activity('2'))).stream.streamId])).found
    const userInfo = { ...grown!.stream.userInfo!, userNickname: 'x'.repeat(2 ** 21) }
    await view.waitFor(await store.commit([update(grown!.stream, { ...grown!.stream, userInfo })]))
    expect(found(view, '2')).toBe(false)
  })

  it('waits for a stream until it holds the state that was read, also where its time is the same', async () => {
    const store = await openTestStore()
    const before = { ...groupStream('1'), lastActiveTime: 5 }
    await store.commit([creation(before)])
    const gate = Promise.withResolvers<void>()
    const view = follow(
      Object.assign(Object.create(store) as Store, {
        snapshot: store.snapshot.bind(store),
        async *watch(...args: Parameters<Store['watch']>) {
          for await (const event of store.watch(...args)) {
            if (event.changes.length > 0) await gate.promise
            yield event
          }
        },
      }),
    )
    await view.loaded
    const renamed = { ...before, groupInfo: { platform: 'qq', groupId: '1', groupName: 'new' } }
    await store.commit([update(before, renamed)])
    const { found, revision } = await store.get([before.streamId])
    let isOver = false
    const waiting = view.waitForStream(found[0]!.stream, revision).then(() => {
      isOver = true
    })
    await view.waitForStream(before, revision)
    expect(isOver).toBe(false)
    gate.resolve()
    await waiting
    expect(frames.decode(view.get(before.streamId)!)).toEqual(renamed)
  })

  it('has waited for a stream once it is past the revision of the read, whatever became of it', async () => {
    const store = await openTestStore()
    const stream = groupStream('1')
    await store.commit([creation(stream)])
    const { revision } = await store.get([stream.streamId])
    const view = follow(store)
    await view.loaded
    await view.waitFor(await store.commit([deletion(stream)]))
    await view.waitForStream(stream, revision)
    expect(view.get(stream.streamId)).toBeUndefined()
  })

  it('says that a revision is not reached before its caller gives up', async () => {
    const view = follow(await openTestStore())
    await view.loaded
    const caller = { timeoutMs: () => 1_000, signal: AbortSignal.timeout(1_000) }
    await expect(view.waitFor(10n ** 15n, caller)).rejects.toMatchObject({
      reason: 'REVISION_NOT_REACHED',
      message: `this server has not seen revision ${10n ** 15n} within 0.9 s`,
    })
  })

  it('stops waiting for a revision when the caller does', async () => {
    const view = follow(await openTestStore())
    await view.loaded
    const call = new AbortController()
    const waiting = view.waitFor(10n ** 15n, { signal: call.signal })
    call.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
  })
})
