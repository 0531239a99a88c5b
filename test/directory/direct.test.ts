import { describe, expect, it } from 'vitest'
import { Answers } from '../../src/directory/answers.ts'
import { Commands } from '../../src/directory/commands.ts'
import { DirectReader } from '../../src/directory/direct.ts'
import type { StreamFilter } from '../../src/domain/filter.ts'
import { targetOf } from '../../src/domain/identity.ts'
import { BY_POSITION, type OrderedPlace, type StreamOrder } from '../../src/domain/order.ts'
import type { ReadOptions, Store } from '../../src/store/store.ts'
import { frames } from '../../src/wire/frames.ts'
import { openTestStore } from '../support/directory.ts'
import { creation, groupStream, privateStream } from '../support/streams.ts'

describe('the reader without a view', () => {
  it('waits for a revision that the store has yet to reach', async () => {
    const store = await openTestStore()
    const reader = new DirectReader(store, frames)
    const waiting = reader.waitFor((await store.revision()) + 1n)
    const stream = groupStream('1')
    await store.commit([creation(stream)])
    await waiting
    expect(frames.decode((await reader.get(stream.streamId))!)).toEqual(stream)
  })

  it('says that a revision is not reached rather than answer from before it', { timeout: 20_000 }, async () => {
    const reader = new DirectReader(await openTestStore(), frames)
    await expect(reader.waitFor(10n ** 15n)).rejects.toMatchObject({ reason: 'REVISION_NOT_REACHED' })
  })

  it('says so before its caller gives up', async () => {
    const reader = new DirectReader(await openTestStore(), frames)
    const caller = { timeoutMs: () => 1_000, signal: AbortSignal.timeout(1_000) }
    await expect(reader.waitFor(10n ** 15n, caller)).rejects.toMatchObject({ reason: 'REVISION_NOT_REACHED' })
  })

  it('stops waiting for a revision when the caller does', async () => {
    const reader = new DirectReader(await openTestStore(), frames)
    const call = new AbortController()
    const waiting = reader.waitFor(10n ** 15n, { signal: call.signal })
    call.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('lets the store know of the caller who waits', async () => {
    const store = await openTestStore()
    const { signal } = new AbortController()
    const told: unknown[] = []
    const reader = new DirectReader(
      Object.assign(Object.create(store) as Store, {
        async revision(options?: ReadOptions) {
          told.push(options?.signal)
          return 1n
        },
      }),
      frames,
    )
    await reader.waitFor(1n, { signal })
    await reader.waitFor(1n)
    expect(told).toEqual([signal, undefined])
  })

  it('tells of lists and counts the revision that they are of', async () => {
    const store = await openTestStore()
    const { revision } = await new Commands(store).open({
      platform: 'qq',
      groupInfo: { platform: 'qq', groupId: '1' },
    })
    const answers = new Answers(new DirectReader(store, frames), frames)
    const list = { filter: {}, after: undefined, limit: 10, maxBytes: 1_000 }
    expect((await answers.list(list)).revision).toBe(revision)
    expect((await answers.summary()).revision).toBe(revision)
  })

  it('counts in a total only what the list would hold', async () => {
    const store = await openTestStore()
    const streams = [groupStream('1'), groupStream('2', { platform: 'telegram' }), privateStream('3')]
    await store.commit(streams.map(creation))
    const answers = new Answers(new DirectReader(store, frames), frames)
    const total = async (filter: StreamFilter) =>
      (await answers.list({ filter, after: undefined, limit: 1, maxBytes: 1_000 })).total
    expect(await total({})).toBe(3)
    expect(await total({ types: ['group'] })).toBe(2)
    expect(await total({ platforms: ['qq'] })).toBe(2)
    expect(await total({ platforms: ['qq'], types: ['group'] })).toBe(1)
    expect(await total({ platforms: ['none'] })).toBe(0)
    expect(await total({ excludeStreamIds: [streams[0]!.streamId] })).toBe(2)
  })

  describe('asked a query', () => {
    const streams = [
      groupStream('1', { lastActiveTime: 10, aliasIds: ['old'] }),
      privateStream('2', { lastActiveTime: 30 }),
      groupStream('3', { platform: 'telegram', lastActiveTime: 20 }),
    ]
    const latest = { by: 'lastActiveTime', isDescending: true } as const

    async function ask(filter: StreamFilter, order: StreamOrder = BY_POSITION, limit = 10) {
      const store = await openTestStore()
      await store.commit(streams.map(creation))
      const answers = new Answers(new DirectReader(store, frames), frames)
      const names: string[] = []
      const totals: number[] = []
      for (let after: OrderedPlace | undefined; ; ) {
        const page = await answers.query({ filter, order, after, limit, maxBytes: 1e6 })
        expect(page.revision).toBe(await store.revision())
        names.push(...page.frames.map((frame) => targetOf(frames.decode(frame))!.id))
        totals.push(page.total)
        after = page.next
        if (!after) return { names: names.join(' '), totals }
      }
    }

    it('answers what it can by an index: platforms and types by position, page by page', async () => {
      expect(await ask({}, BY_POSITION, 2)).toEqual({ names: '1 2 3', totals: [3, 3] })
      expect(await ask({ platforms: ['qq'], types: ['private'] })).toEqual({ names: '2', totals: [1] })
    })

    it('answers anything of streams that are named by ids, aliases, groups or users', async () => {
      const streamIds = [streams[2]!.streamId, 'old', 'unknown', 'old']
      expect(await ask({ streamIds }, latest, 1)).toEqual({ names: '3 1', totals: [2, 2] })
      expect(await ask({ streamIds, nameContains: 'GROUP 1' })).toEqual({ names: '1', totals: [1] })
      const chats = { groupIds: ['1', '3'], userIds: ['2', '404'] }
      expect(await ask(chats, latest)).toEqual({ names: '2 3 1', totals: [3] })
      expect(await ask({ ...chats, platforms: ['telegram'] })).toEqual({ names: '3', totals: [1] })
    })

    it.each<[string, StreamFilter, StreamOrder]>([
      ['a part of a name', { nameContains: 'g' }, BY_POSITION],
      ['the order of activity', {}, latest],
      ['labels', { labels: { a: 'b' } }, BY_POSITION],
      ['an account', { accountIds: ['1'] }, BY_POSITION],
    ])('refuses what it would have to look at all streams for: %s', async (_what, filter, order) => {
      await expect(ask(filter, order)).rejects.toMatchObject({
        reason: 'QUERY_UNSUPPORTED',
        message: expect.stringContaining('--reads memory'),
      })
    })
  })
})
