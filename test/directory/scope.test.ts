import pino from 'pino'
import { beforeEach, describe, expect, test } from 'vitest'
import { Answers } from '../../src/directory/answers.ts'
import { Commands } from '../../src/directory/commands.ts'
import { DirectReader } from '../../src/directory/direct.ts'
import type { Rows } from '../../src/directory/rows.ts'
import { ScopedRows } from '../../src/directory/scoped-rows.ts'
import { View } from '../../src/directory/view.ts'
import type { Scope } from '../../src/domain/access.ts'
import { BY_POSITION } from '../../src/domain/order.ts'
import { formatRevision } from '../../src/domain/revision.ts'
import type { Stream } from '../../src/domain/stream.ts'
import type { Store } from '../../src/store/store.ts'
import { frames } from '../../src/wire/frames.ts'
import { openTestStore } from '../support/directory.ts'
import { creation, groupStream } from '../support/streams.ts'

/** The same group, as two accounts of the bot see it, and on another platform. */
const ofOne = groupStream('7', { accountId: '1', lastActiveTime: 10 })
const ofTwo = groupStream('7', { accountId: '2', lastActiveTime: 20 })
const elsewhere = groupStream('7', { platform: 'telegram', accountId: '1', lastActiveTime: 30 })
const ALL = [ofOne, ofTwo, elsewhere]

let store: Store

beforeEach(async () => {
  store = await openTestStore()
  await store.commit(ALL.map(creation))
})

const readers: Readonly<Record<string, () => Promise<Rows>>> = {
  async 'out of memory'() {
    const view = new View(store, frames, pino({ level: 'silent' }))
    const ending = new AbortController()
    void view.follow(ending.signal)
    await view.loaded
    return view
  },
  'out of the store': async () => new DirectReader(store, frames),
}

describe.each(Object.entries(readers))('a scope, read %s', (_name, open) => {
  async function within(scope: Scope): Promise<Answers> {
    return new Answers(new ScopedRows(await open(), frames, scope), frames)
  }

  /** Everything that answers show of the streams, whatever the call. */
  async function seen(scope: Scope) {
    const reader = await within(scope)
    const list = { filter: {}, after: undefined, limit: 10, maxBytes: 100_000 }
    const listed = await reader.list(list)
    const queried = await reader.query({ ...list, filter: { groupIds: ['7'] }, order: BY_POSITION, after: undefined })
    const { duplicates } = await reader.duplicates({ filter: {}, aliases: new Map(), maxBytes: 100_000 })
    const match = await reader.find({ kind: 'group', id: '7' }, undefined)
    const many = await reader.getMany(ALL.map(({ streamId }) => streamId))
    const summary = await reader.summary()
    return {
      listed: listed.frames.map((frame) => frames.streamId(frame)).sort(),
      total: listed.total,
      queried: queried.frames.map((frame) => frames.streamId(frame)).sort(),
      queriedTotal: queried.total,
      duplicates: duplicates.flatMap((each) => each.frames.map((frame) => frames.streamId(frame))),
      found: match && [frames.streamId(match.frame), ...match.otherStreamIds],
      many: many.map((named) => named?.streamId),
      one: (await Promise.all(ALL.map(async ({ streamId }) => (await reader.get(streamId))?.streamId))) as unknown,
      count: summary.total,
      platforms: Object.fromEntries(summary.byPlatform),
    }
  }

  function only(streams: readonly Stream[]) {
    const ids = streams.map(({ streamId }) => streamId)
    const shown = ALL.map(({ streamId }) => (ids.includes(streamId) ? streamId : undefined))
    const platforms: Record<string, number> = {}
    for (const { platform } of streams) platforms[platform] = (platforms[platform] ?? 0) + 1
    return {
      listed: [...ids].sort(),
      total: streams.length,
      queried: [...ids].sort(),
      queriedTotal: streams.length,
      duplicates: streams.includes(ofOne) && streams.includes(ofTwo) ? [ofTwo.streamId, ofOne.streamId] : [],
      found: streams.length === 0 ? undefined : ids.toReversed(),
      many: shown,
      one: shown,
      count: streams.length,
      platforms,
    }
  }

  test.each<[what: string, scope: Scope, streams: readonly Stream[]]>([
    ['of everything', {}, ALL],
    ['of a platform', { platforms: ['qq'] }, [ofOne, ofTwo]],
    ['of an account', { accountIds: ['1'] }, [ofOne, elsewhere]],
    ['of an account on a platform', { platforms: ['qq'], accountIds: ['1'] }, [ofOne]],
    ['of several accounts', { accountIds: ['1', '2'] }, ALL],
    ['of what there is none of', { platforms: ['discord'] }, []],
    ['of nothing', { platforms: [] }, []],
  ])('%s shows that and nothing else, whatever is asked', async (_what, scope, streams) => {
    expect(await seen(scope)).toEqual(only(streams))
  })

  test('is narrowed by what is asked, and never widened', async () => {
    const reader = await within({ platforms: ['qq'], accountIds: ['1'] })
    const list = { after: undefined, limit: 10, maxBytes: 100_000 }
    const found = await reader.list({ ...list, filter: { platforms: ['telegram'], accountIds: ['1', '2'] } })
    expect([found.total, found.frames.length]).toEqual([0, 0])
    expect(await reader.find({ kind: 'group', id: '7' }, 'telegram')).toBeUndefined()
  })

  test('finds an alias only where it may see the stream', async () => {
    const aliased = groupStream('8', { accountId: '2', aliasIds: ['old'] })
    await store.commit([creation(aliased)])
    expect((await (await within({ accountIds: ['2'] })).get('old'))?.streamId).toBe(aliased.streamId)
    expect(await (await within({ accountIds: ['1'] })).get('old')).toBeUndefined()
  })
})

describe('writing within a scope', () => {
  const inGroup = (groupId: string, platform = 'qq') => ({
    platform,
    groupInfo: { platform, groupId, groupName: 'new' },
  })
  const ofAccountOne = () => new Commands(store).as({ name: 'one', scope: { accountIds: ['1'] } })
  const denied = { reason: 'PERMISSION_DENIED' }

  /** What opening does, and recording. */
  const writes: Readonly<Record<string, (commands: Commands, chat: ReturnType<typeof inGroup>) => Promise<unknown>>> = {
    open: (commands, chat) => commands.open(chat),
    record: (commands, chat) => commands.record([{ ...chat, activeTime: 100 }]),
  }

  test('finds what it covers where the account is left out', async () => {
    expect(await ofAccountOne().open(inGroup('7'))).toMatchObject({
      created: false,
      stream: { streamId: ofOne.streamId },
    })
    const { results } = await ofAccountOne().record([{ ...inGroup('7'), activeTime: 100 }])
    expect(results).toEqual([{ streamId: ofOne.streamId, outcome: 'updated' }])
    const { found } = await store.get([ofTwo.streamId])
    expect(found[0]?.stream).toEqual(ofTwo)
  })

  describe.each(Object.entries(writes))('%s', (_name, write) => {
    test('says the same of a chat that others have and of one that nobody has', async () => {
      const commands = new Commands(store).as({ name: 'one', scope: { accountIds: ['3'] } })
      const before = formatRevision(await store.revision())
      const known = await write(commands, inGroup('7')).catch((error: Error) => error)
      const unknown = await write(commands, inGroup('8')).catch((error: Error) => error)
      expect(known).toMatchObject(denied)
      expect(unknown).toMatchObject({ ...denied, message: (known as Error).message })
      const named = { ...inGroup('7'), accountId: '1' }
      expect(await write(commands, named).catch((error: Error) => error)).toMatchObject(denied)
      expect(formatRevision(await store.revision())).toBe(before)
    })

    test('refuses another platform by its name', async () => {
      const commands = new Commands(store).as({ name: 'one', scope: { platforms: ['qq'] } })
      await expect(write(commands, inGroup('7', 'telegram'))).rejects.toThrow('do not cover platform "telegram"')
      await expect(write(commands, inGroup('8'))).resolves.toBeDefined()
    })

    test('an id that another chat has is refused without a word on that chat', async () => {
      // A group whose id ends in `_private` joins to the id of a private chat.
      const { streamId } = groupStream('9_private', { accountId: '1' })
      const hidden = groupStream('9_private', { accountId: '2', streamId })
      await store.commit([creation(hidden)])
      const commands = ofAccountOne()
      const chat = { platform: 'qq', accountId: '1', userInfo: { platform: 'qq', userId: '9' } }
      const error = await write(commands, chat as never).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ reason: 'STREAM_ID_COLLISION' })
      expect(JSON.stringify([(error as Error).message, error])).not.toContain('account 2')
      expect(error).not.toHaveProperty('metadata.existing')
    })
  })
})
