import { beforeEach, describe, expect, it } from 'vitest'
import { Commands } from '../../src/directory/commands.ts'
import { merged } from '../../src/directory/merge.ts'
import { etagOf } from '../../src/domain/etag.ts'
import { asFormerChat } from '../../src/domain/identity.ts'
import { MAX_LABELS } from '../../src/domain/limits.ts'
import type { Stream } from '../../src/domain/stream.ts'
import { ConflictError, type Store } from '../../src/store/store.ts'
import { openTestStore } from '../support/directory.ts'
import { creation, groupStream, mergedInto, privateStream, unknownStream, update } from '../support/streams.ts'

/** A group of Telegram that became a supergroup, which has another id. */
const before = groupStream('-41', { platform: 'telegram', createTime: 10, lastActiveTime: 20, aliasIds: ['old'] })
const after = groupStream('-10041', { platform: 'telegram', createTime: 20, lastActiveTime: 30 })

describe('a merged stream', () => {
  it('is the target, which the ids and the chats of the source lead to', () => {
    expect(merged(after, before)).toEqual({
      ...after,
      createTime: 10,
      aliasIds: [before.streamId, 'old'],
      mergedChats: [asFormerChat(before)],
    })
  })

  it('has the labels of both, and those of the target where both have one', () => {
    const [target, source] = [
      { ...after, labels: { a: '1', b: '1' } },
      { ...before, labels: { b: '2', c: '2' } },
    ]
    expect(merged(target, source).labels).toEqual({ a: '1', b: '1', c: '2' })
  })

  it('has the name that people gave the source where they gave the target none', () => {
    const named = { ...before, customName: 'Before' }
    expect(merged(after, named).customName).toBe('Before')
    expect(merged({ ...after, customName: 'After' }, named).customName).toBe('After')
    expect(merged(after, before)).not.toHaveProperty('customName')
  })

  it('of one chat under two accounts has the later names and times', () => {
    const [target, source] = [
      privateStream('7', { accountId: '10001', lastActiveTime: 5 }),
      privateStream('7', { userInfo: { platform: 'qq', userId: '7', userNickname: 'Later' }, lastActiveTime: 9 }),
    ]
    expect(merged(target, source)).toMatchObject({
      accountId: '10001',
      userInfo: { userNickname: 'Later' },
      lastActiveTime: 9,
    })
  })

  it('keeps the names of the target where the source is another chat to the platform', () => {
    const late = { ...before, lastActiveTime: 99 }
    expect(merged(after, late)).toMatchObject({ groupInfo: after.groupInfo, lastActiveTime: 99 })
    const [target, source] = [privateStream('7'), privateStream('8', { lastActiveTime: 2_000_000_000 })]
    expect(merged(target, source).userInfo).toEqual(target.userInfo)
  })

  it('takes over what was merged into the source, and nothing twice, nor itself', () => {
    const first = merged(before, groupStream('a'))
    const half = merged(after, first)
    expect(half.aliasIds).toEqual([before.streamId, 'old', groupStream('a').streamId])
    expect(half.mergedChats?.map(({ groupId }) => groupId)).toEqual(['-41', 'a'])
    expect(merged(half, first)).toEqual(half)
    const crossed = merged(before, half)
    expect(crossed.aliasIds).not.toContain(before.streamId)
    expect(crossed.mergedChats?.map(({ groupId }) => groupId)).toEqual(['-10041', 'a'])
  })

  it.each([
    ['a private chat with a group', privateStream('1'), groupStream('1'), 'is of type private'],
    ['a group with neither', groupStream('1'), unknownStream('x'), 'of type unknown'],
    [
      'two that have more labels together than one may have',
      groupStream('1', { labels: labelled('a') }),
      groupStream('2', { labels: labelled('b') }),
      'would have 128 labels',
    ],
  ])('is not made of %s', (_what, target, source, why) => {
    expect(() => merged(target, source)).toThrow(
      expect.objectContaining({
        reason: 'INVALID_FIELD',
        violations: [{ field: 'target_stream_id', description: expect.stringContaining(why) }],
      }),
    )
  })
})

describe('merging', () => {
  let store: Store
  let commands: Commands
  const ref = ({ streamId }: Pick<Stream, 'streamId'>, etag = '') => ({ streamId, etag })

  beforeEach(async () => {
    store = await openTestStore()
    await store.commit([creation(before), creation(after)])
    commands = new Commands(store, { now: () => 1_000 })
  })

  async function stored(streamId: string): Promise<Stream | undefined> {
    return (await store.get([streamId])).found[0]?.stream
  }

  it('makes one stream of two, from the revision that it tells of', async () => {
    const { stream, revision } = await commands.merge(ref(before, etagOf(before)), ref(after, etagOf(after)))
    expect(stream).toEqual(merged(after, before))
    expect(await store.revision()).toBe(revision)
    expect(await stored(before.streamId)).toEqual(stream)
    expect((await store.list({}, undefined, 9)).found).toHaveLength(1)
  })

  it('again changes nothing, also with the etags of before', async () => {
    const { stream } = await commands.merge(ref(before), ref(after))
    const again = await commands.merge(ref(before, etagOf(before)), ref(after, etagOf(after)))
    expect(again).toMatchObject({ stream, revision: undefined })
    expect(await commands.merge(ref({ streamId: 'old' }), ref(before))).toMatchObject({ stream, revision: undefined })
  })

  it('takes aliases for the streams', async () => {
    const other = groupStream('5', { aliasIds: ['five'] })
    await store.commit([creation(other)])
    const { stream } = await commands.merge(ref({ streamId: 'old' }), ref({ streamId: 'five' }))
    expect(stream).toEqual(merged(other, before))
  })

  it('of a chain leads to its end', async () => {
    const end = groupStream('end')
    await store.commit([creation(end)])
    await commands.merge(ref(before), ref(after))
    await commands.merge(ref(after), ref(end))
    for (const id of [before.streamId, 'old', after.streamId]) expect((await stored(id))?.streamId).toBe(end.streamId)
    expect((await stored(end.streamId))?.mergedChats).toEqual([asFormerChat(after), asFormerChat(before)])
  })

  it.each([
    ['a stream into itself', ref(after), 'is the stream that is to be merged'],
    ['a stream into one that was merged into it', ref(before), 'was merged into the stream'],
  ])('refuses %s', async (_what, target, why) => {
    await commands.merge(ref(before), ref(after))
    const revision = await store.revision()
    await expect(commands.merge(ref(after), target)).rejects.toMatchObject({
      reason: 'INVALID_FIELD',
      violations: [{ field: 'target_stream_id', description: expect.stringContaining(why) }],
    })
    expect(await store.revision()).toBe(revision)
  })

  it.each([
    ['source', [etagOf(after), '']],
    ['target', ['', etagOf(before)]],
  ])('is refused where the %s is in another state', async (_which, [sourceEtag, targetEtag]) => {
    const merge = commands.merge(ref(before, sourceEtag), ref(after, targetEtag))
    await expect(merge).rejects.toMatchObject({ reason: 'ETAG_MISMATCH' })
    expect((await store.list({}, undefined, 9)).found).toHaveLength(2)
  })

  it('finds nothing where one of the two is not there, or not any more', async () => {
    const unknown = { reason: 'STREAM_NOT_FOUND', metadata: { stream_id: 'nobody' } }
    await expect(commands.merge(ref({ streamId: 'nobody' }), ref(after))).rejects.toMatchObject(unknown)
    await expect(commands.merge(ref(before), ref({ streamId: 'nobody' }))).rejects.toMatchObject(unknown)
    await commands.delete(ref(before))
    await expect(commands.merge(ref(before), ref(after))).rejects.toMatchObject({ reason: 'STREAM_DELETED' })
  })

  it('says the same of a stream that it may not see and of one that there is not', async () => {
    const mine = groupStream('mine')
    await store.commit([creation(mine)])
    const scoped = commands.as({ name: 'one', scope: { platforms: ['qq'] } })
    for (const [source, target] of [
      [before, mine],
      [mine, before],
      [before, after],
      [before, before],
    ] as const) {
      await expect(scoped.merge(ref(source), ref(target))).rejects.toMatchObject({
        reason: 'STREAM_NOT_FOUND',
        message: `no stream has the id ${JSON.stringify(before.streamId)}`,
      })
    }
    expect((await store.list({}, undefined, 9)).found).toHaveLength(3)
  })

  it('that was done by half is finished by the next try, though the target is in another state by then', async () => {
    let isFirst = true
    const halfway = {
      get: store.get.bind(store),
      find: store.find.bind(store),
      tombstones: store.tombstones.bind(store),
      list: store.list.bind(store),
      count: store.count.bind(store),
      revision: store.revision.bind(store),
      keepPlace: store.keepPlace.bind(store),
      async commit(mutations: Parameters<Store['commit']>[0]) {
        if (!isFirst) return store.commit(mutations)
        isFirst = false
        await store.commit(mutations.slice(0, 1))
        throw new ConflictError([before.streamId])
      },
    }
    const { stream } = await new Commands(halfway).merge(ref(before), ref(after, etagOf(after)))
    expect(stream).toEqual(merged(after, before))
    expect(await stored(before.streamId)).toEqual(stream)
  })

  describe('a merged chat', () => {
    const inBefore = { platform: 'telegram', groupInfo: before.groupInfo!, activeTime: 500 }

    beforeEach(async () => {
      await commands.merge(ref(before), ref(after))
    })

    it('is opened as the target', async () => {
      for (const account of [{}, { accountId: '', scope: '' }]) {
        const opened = await commands.open({ platform: 'telegram', groupInfo: before.groupInfo!, ...account })
        expect(opened).toMatchObject({ created: false, stream: { streamId: after.streamId } })
      }
    })

    it('is another one under another account', async () => {
      const opened = await commands.open({ platform: 'telegram', groupInfo: before.groupInfo!, accountId: '5' })
      expect(opened).toMatchObject({ created: true, stream: { accountId: '5', groupInfo: { groupId: '-41' } } })
    })

    it('is active as the target, whose names stay', async () => {
      const { results } = await commands.record([inBefore])
      expect(results).toEqual([{ streamId: after.streamId, outcome: 'updated' }])
      expect(await stored(after.streamId)).toMatchObject({ groupInfo: after.groupInfo, lastActiveTime: 500 })
    })

    it('is imported as the target, from the table of a bot and from another store', async () => {
      const row = { ...inBefore, streamId: before.streamId, accountId: '', scope: '' }
      const recorded = await commands.record([row], { refuse: 'report' })
      expect(recorded.results).toEqual([{ streamId: after.streamId, outcome: 'updated' }])
      const taken = await commands.takeOver([{ ...before, labels: { theirs: 'x' }, lastActiveTime: 600 }])
      expect(taken.results).toEqual([{ streamId: after.streamId, outcome: 'updated' }])
      expect(await stored(after.streamId)).toMatchObject({ labels: {}, lastActiveTime: 600 })
      expect((await store.list({}, undefined, 9)).found).toHaveLength(1)
    })

    it('keeps its id from another chat that derives the same', async () => {
      const source = groupStream('1_private')
      await store.commit([creation(source)])
      await commands.merge(ref(source), ref(after))
      const other = { platform: 'qq', userInfo: { platform: 'qq', userId: '1' } }
      await expect(commands.open(other)).rejects.toMatchObject({ reason: 'STREAM_ID_COLLISION' })
    })

    it('keeps its id from another chat of its kind', async () => {
      const source = groupStream('2', { accountId: '1' })
      await store.commit([creation(source)])
      await commands.merge(ref(source), ref(after))
      const sameId = { platform: 'qq', groupInfo: { platform: 'qq', groupId: 'account:1_2' } }
      expect(groupStream('account:1_2').streamId).toBe(source.streamId)
      await expect(commands.open({ ...sameId, scope: '' })).rejects.toMatchObject({ reason: 'STREAM_ID_COLLISION' })
      await expect(commands.record([{ ...sameId, activeTime: 5 }])).rejects.toMatchObject({
        reason: 'STREAM_ID_COLLISION',
      })
    })

    it('goes with the target when that is deleted', async () => {
      await commands.delete(ref(before))
      await expect(commands.edit(ref(before), {})).rejects.toMatchObject({ reason: 'STREAM_DELETED' })
      expect((await commands.record([{ ...inBefore, activeTime: 1_000 }])).results[0]?.outcome).toBe('unchanged')
      expect((await commands.record([{ ...inBefore, activeTime: 1_001 }])).results).toEqual([
        { streamId: after.streamId, outcome: 'created' },
      ])
      expect((await stored(before.streamId))?.streamId).toBe(after.streamId)
    })
  })

  it('in circles, by many at once, leaves one stream that all ids lead to', async () => {
    const streams = Array.from({ length: 5 }, (_, i) => groupStream(`circle ${i}`))
    await store.commit(streams.map(creation))
    const merges = streams.map((stream, i) => commands.merge(ref(stream), ref(streams[(i + 1) % streams.length]!)))
    const outcomes = await Promise.allSettled(merges)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    const ends = new Set((await Promise.all(streams.map(({ streamId }) => stored(streamId)))).map((s) => s?.streamId))
    expect(ends.size).toBe(1)
    const end = (await stored(streams[0]!.streamId))!
    expect([...end.aliasIds, end.streamId].sort()).toEqual(streams.map(({ streamId }) => streamId).sort())
  })

  it('does not undo what others write to the target meanwhile', async () => {
    const changed = { ...after, labels: { a: 'b' } }
    const [{ stream }] = await Promise.all([
      commands.merge(ref(before), ref(after)),
      commands.edit(ref(after), { setLabels: { a: 'b' } }),
    ])
    expect((await stored(after.streamId))?.labels).toEqual(changed.labels)
    expect(stream.aliasIds).toContain(before.streamId)
    expect((await stored(after.streamId))?.aliasIds).toEqual(mergedInto(after, before).aliasIds)
    await store.commit([update((await stored(after.streamId))!, after)])
  })
})

function labelled(prefix: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: MAX_LABELS }, (_, i) => [`${prefix}${i}`, 'x']))
}
