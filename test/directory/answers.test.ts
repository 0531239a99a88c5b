import pino from 'pino'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { Answers, type ListRequest } from '../../src/directory/answers.ts'
import { DirectReader } from '../../src/directory/direct.ts'
import type { Rows } from '../../src/directory/rows.ts'
import { View } from '../../src/directory/view.ts'
import type { Store } from '../../src/store/store.ts'
import { frames } from '../../src/wire/frames.ts'
import { openTestStore } from '../support/directory.ts'
import { creation, groupStream, privateStream, unknownStream } from '../support/streams.ts'

async function viewOf(store: Store): Promise<Rows> {
  const view = new View(store, frames, pino({ level: 'silent' }))
  const ending = new AbortController()
  const following = view.follow(ending.signal)
  onTestFinished(async () => {
    ending.abort()
    await following
  })
  await view.loaded
  return view
}

const group = groupStream('1', { aliasIds: ['old'], lastActiveTime: 5 })
const later = groupStream('1', { accountId: 'a', lastActiveTime: 9 })
const latest = groupStream('1', { accountId: 'b', lastActiveTime: 12, platform: 'telegram' })
const user = privateStream('7', { platform: 'telegram' })
const lonely = unknownStream('lonely')
const all = [group, later, latest, user, lonely]

describe.each<[string, (store: Store) => Promise<Rows>]>([
  ['a view', viewOf],
  ['a store that is asked each time', async (store) => new DirectReader(store, frames)],
])('answers out of %s', (_name, open) => {
  let answers: Answers
  let store: Store

  beforeEach(async () => {
    store = await openTestStore()
    answers = new Answers(await open(store), frames)
    await answers.waitFor(await store.commit(all.map(creation)))
  })

  /** The ids on one page, and what else is told of it. */
  async function page(request: Partial<ListRequest>) {
    const list = { filter: {}, after: undefined, limit: 100, maxBytes: 1_000_000, ...request }
    const { frames: found, ...rest } = await answers.list(list)
    return { ids: found.map(frames.streamId), ...rest }
  }

  const idsOf = (...streams: { streamId: string }[]) => streams.map(({ streamId }) => streamId)

  it('lead from an id or an alias to the stream, and tell which it was', async () => {
    const named = { streamId: group.streamId, frame: expect.anything() }
    expect(await answers.get(group.streamId)).toEqual({ ...named, isAlias: false })
    expect(await answers.get('old')).toEqual({ ...named, isAlias: true })
    expect(await answers.get('none')).toBeUndefined()
    expect(frames.decode((await answers.get('old'))!.frame)).toEqual(group)
  })

  it('lead from many ids to their streams, in the order asked for', async () => {
    const many = await answers.getMany(['lonely', 'none', 'old', later.streamId])
    expect(many.map((each) => each && [each.streamId, each.isAlias])).toEqual([
      ['lonely', false],
      undefined,
      [group.streamId, true],
      [later.streamId, false],
    ])
  })

  it('find the most recently active stream of a target, and name the others by recency', async () => {
    const found = async (...args: Parameters<Answers['find']>) => {
      const match = await answers.find(...args)
      return match && [frames.streamId(match.frame), ...match.otherStreamIds]
    }
    expect(await found({ kind: 'group', id: '1' }, undefined)).toEqual(idsOf(latest, later, group))
    expect(await found({ kind: 'group', id: '1' }, 'qq')).toEqual(idsOf(later, group))
    expect(await found({ kind: 'private', id: '7' }, undefined)).toEqual(idsOf(user))
    expect(await found({ kind: 'private', id: '7' }, 'qq')).toBeUndefined()
    expect(await found({ kind: 'private', id: '1' }, undefined)).toBeUndefined()
  })

  it('list in pages, each with the place of the next and the total', async () => {
    const first = await page({ limit: 2 })
    expect(first).toMatchObject({ ids: idsOf(group, later), total: 5, next: { streamId: later.streamId } })
    const second = await page({ limit: 2, after: first.next })
    expect(second).toMatchObject({ ids: idsOf(latest, user), total: 5 })
    expect(await page({ limit: 2, after: second.next })).toMatchObject({ ids: ['lonely'], next: undefined })
    expect(await page({ limit: 5 })).toMatchObject({ ids: idsOf(...all), next: undefined })
    expect(await page({ limit: 1, filter: { platforms: ['telegram'] } })).toMatchObject({
      ids: idsOf(latest),
      total: 2,
    })
  })

  it('list no more than so many bytes, and a larger stream by itself', async () => {
    const [a, b] = [group, later].map((stream) => frames.encode(stream).length) as [number, number]
    expect((await page({ maxBytes: a + b })).ids).toEqual(idsOf(group, later))
    expect((await page({ maxBytes: a + b - 1 })).ids).toEqual(idsOf(group))
    const single = await page({ maxBytes: 1 })
    expect(single.ids).toEqual(idsOf(group))
    expect((await page({ maxBytes: 1, after: single.next })).ids).toEqual(idsOf(later))
  })

  it('list more streams than are read at once', async () => {
    const many = Array.from({ length: 2_500 }, (_, index) => groupStream(`many ${index}`, { platform: 'many' }))
    await answers.waitFor(await store.commit(many.map(creation)))
    const request = { filter: { platforms: ['many'] }, limit: Number.POSITIVE_INFINITY, maxBytes: 10_000_000 }
    expect(await page(request)).toMatchObject({ ids: idsOf(...many), next: undefined, total: 2_500 })
    expect(await page({ ...request, limit: 2_000 })).toMatchObject({ ids: idsOf(...many.slice(0, 2_000)) })
    expect((await page({ ...request, limit: 2_499 })).next).toBeDefined()
    expect((await page({ ...request, limit: 2_500 })).next).toBeUndefined()
  })

  it('count by type and by platform', async () => {
    const { byPlatform, ...summary } = await answers.summary()
    expect(summary).toMatchObject({ total: 5, byType: { group: 3, private: 1, unknown: 1 } })
    expect([...byPlatform].sort()).toEqual([
      ['qq', 3],
      ['telegram', 2],
    ])
  })

  it('are ready, and hold what was read of the store', async () => {
    expect(() => answers.assertReady()).not.toThrow()
    const { found, revision } = await store.get([group.streamId])
    await answers.waitForStream(found[0]!.stream, revision)
    expect(await answers.get(group.streamId)).toBeDefined()
  })
})
