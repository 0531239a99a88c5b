import pino from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Answers } from '../../src/directory/answers.ts'
import { DirectReader } from '../../src/directory/direct.ts'
import { ScopedRows } from '../../src/directory/scoped-rows.ts'
import { Totals } from '../../src/directory/totals.ts'
import { measuredStore } from '../../src/store/measured-store.ts'
import {
  type CommitEvent,
  CursorExpiredError,
  type Store,
  type StoreFeed,
  StoreUnavailableError,
} from '../../src/store/store.ts'
import { frames } from '../../src/wire/frames.ts'
import { openTestStore } from '../support/directory.ts'
import { creation, deletion, groupStream, privateStream, unknownStream, update } from '../support/streams.ts'

const log = pino({ level: 'silent' })

type Followed = Pick<StoreFeed, 'totals' | 'watch'>

/** Follows the store until the test ends. */
function following(store: Followed): Totals {
  const totals = new Totals(store, log, { firstRetryMs: 1 })
  const ending = new AbortController()
  const followed = totals.follow(ending.signal)
  onTestFinished(async () => {
    ending.abort()
    await followed
  })
  return totals
}

async function known(totals: Totals): Promise<void> {
  await expect.poll(() => totals.count({})).toBeDefined()
}

/** The store as totals follow it, with another watch; that is given how many there were before. */
function watchedBy(
  store: Store,
  watch: (earlier: number, ...args: Parameters<Store['watch']>) => AsyncIterable<CommitEvent>,
): Followed {
  let watches = 0
  return { totals: (options) => store.totals(options), watch: (...args) => watch(watches++, ...args) }
}

describe('totals', () => {
  it('are those of the store, whatever is written', async () => {
    const store = await openTestStore()
    const totals = following(store)
    await known(totals)
    expect(totals.count({})!.found).toEqual([])
    const [group, gone] = [groupStream('1'), groupStream('2')]
    await store.commit([group, gone, privateStream('1'), unknownStream('u', { platform: '' })].map(creation))
    await store.commit([update(group, privateStream('1', { platform: 'telegram', streamId: group.streamId }))])
    const revision = await store.commit([deletion(gone)])
    await totals.waitFor(revision)
    expect(totals.count({})!.revision).toBe(revision)
    for (const filter of [{}, { platforms: ['qq'] }, { types: ['private'] as const }, { platforms: [] }]) {
      expect(new Set(totals.count(filter)!.found)).toEqual(new Set((await store.count(filter)).found))
    }
  })

  it('are not known of what is asked beside platforms and types', async () => {
    const totals = following(await openTestStore())
    await known(totals)
    expect(totals.count({ accountIds: [''] })).toBeUndefined()
    expect(totals.count({ platforms: ['qq'], accountIds: undefined })).toBeDefined()
  })

  it.each<[what: string, pass: (event: CommitEvent) => CommitEvent]>([
    [
      'a change does not say what was before',
      (event) => ({ ...event, changes: event.changes.map((change) => ({ ...change, before: 'unknown' as const })) }),
    ],
    [
      'the log does not reach back',
      () => {
        throw new CursorExpiredError('gone')
      },
    ],
    [
      'the store goes away',
      () => {
        throw new StoreUnavailableError('away')
      },
    ],
  ])('are right again after %s', async (_what, pass) => {
    const store = await openTestStore()
    const watched = watchedBy(store, async function* (earlier, ...args) {
      for await (const event of store.watch(...args)) yield earlier === 0 ? pass(event) : event
    })
    const totals = following(watched)
    await known(totals)
    await store.commit([creation(groupStream('1'))])
    await expect.poll(() => totals.count({})?.found).toEqual([{ platform: 'qq', type: 'group', count: 1 }])
    const revision = await store.commit([creation(groupStream('2'))])
    await totals.waitFor(revision)
    expect(totals.count({})!.found).toEqual([{ platform: 'qq', type: 'group', count: 2 }])
  })

  it('are not known while the store does not tell of its changes', async () => {
    const store = await openTestStore()
    const interrupted = Promise.withResolvers<void>()
    const { promise: isBack, resolve: comeBack } = Promise.withResolvers<void>()
    const watched = watchedBy(store, async function* (earlier, ...args) {
      if (earlier === 0) throw new StoreUnavailableError('away')
      interrupted.resolve()
      await isBack
      yield* store.watch(...args)
    })
    const totals = following(watched)
    await interrupted.promise
    const revision = await store.commit([creation(groupStream('1'))])
    expect(totals.count({})).toBeUndefined()
    await totals.waitFor(revision)
    comeBack()
    await known(totals)
    expect(totals.count({})).toEqual({ found: [{ platform: 'qq', type: 'group', count: 1 }], revision })
  })

  it('are never older than what somebody was let go for who waited', async () => {
    const store = await openTestStore()
    const totals = new Totals(store, log)
    await totals.waitFor(2n)
    expect(totals.revision).toBe(2n)
    const ending = new AbortController()
    const followed = totals.follow(ending.signal)
    await store.commit([creation(groupStream('1'))])
    await expect.poll(() => totals.changedAt).toBe(1n)
    expect(totals.count({})).toBeUndefined()
    await store.commit([creation(groupStream('2'))])
    await known(totals)
    expect(totals.count({})!.revision).toBe(2n)
    ending.abort()
    await followed
  })

  it('say that a revision is not reached before the caller gives up', async () => {
    const totals = following(await openTestStore())
    await known(totals)
    const waiting = totals.waitFor(10n ** 15n, { timeoutMs: () => 100 })
    await expect(waiting).rejects.toMatchObject({ reason: 'REVISION_NOT_REACHED' })
  })
})

describe('the reader without a view', () => {
  /** A store that must not be made to count, and answers of a reader that has its totals. */
  async function uncounted() {
    const store = await openTestStore()
    const totals = following(store)
    await known(totals)
    const uncounting = {
      ...measuredStore(store, () => {}),
      count: () => Promise.reject(new Error('the store was made to count')),
    }
    return { store, rows: new DirectReader(uncounting, frames, totals) }
  }

  const list = { filter: {}, after: undefined, limit: 10, maxBytes: 100_000 }

  it('has its totals from what was counted, and as of the revision that was waited for', async () => {
    const { store, rows } = await uncounted()
    const answers = new Answers(rows, frames)
    const revision = await store.commit([creation(groupStream('1')), creation(privateStream('2'))])
    await answers.waitFor(revision)
    expect(await answers.list(list)).toMatchObject({ total: 2, revision })
    expect(await answers.list({ ...list, filter: { types: ['group'] } })).toMatchObject({ total: 1, revision })
    expect(await answers.summary()).toMatchObject({ total: 2, byType: { group: 1, private: 1 }, revision })
  })

  it('leaves to the store what is asked of accounts, also by a scope', async () => {
    const { store, rows } = await uncounted()
    const [ofOne, elsewhere] = [groupStream('1', { accountId: '1' }), groupStream('1', { platform: 'telegram' })]
    await rows.waitFor(await store.commit([ofOne, elsewhere].map(creation)))
    const within = (scope: object) => new Answers(new ScopedRows(rows, frames, scope), frames)
    expect(await within({ platforms: ['qq'] }).summary()).toMatchObject({ total: 1 })
    expect((await within({ platforms: ['qq'] }).summary()).byPlatform).toEqual(new Map([['qq', 1]]))
    await expect(within({ accountIds: ['1'] }).summary()).rejects.toThrow('made to count')
  })
})
