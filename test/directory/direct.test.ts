import { describe, expect, it } from 'vitest'
import { Answers } from '../../src/directory/answers.ts'
import { Commands } from '../../src/directory/commands.ts'
import { DirectReader } from '../../src/directory/direct.ts'
import type { StreamFilter } from '../../src/domain/filter.ts'
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
})
