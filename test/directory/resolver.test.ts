import pino from 'pino'
import { describe, expect, it } from 'vitest'
import { Answers } from '../../src/directory/answers.ts'
import { DirectReader } from '../../src/directory/direct.ts'
import { MAX_CANDIDATES, type ResolvePlatform } from '../../src/directory/resolver.ts'
import type { Rows } from '../../src/directory/rows.ts'
import { ScopedRows } from '../../src/directory/scoped-rows.ts'
import { View } from '../../src/directory/view.ts'
import type { Scope } from '../../src/domain/access.ts'
import { DEFAULT_PLATFORM_ALIASES } from '../../src/domain/platform.ts'
import type { Stream } from '../../src/domain/stream.ts'
import type { Store } from '../../src/store/store.ts'
import { frames } from '../../src/wire/frames.ts'
import { openTestStore } from '../support/directory.ts'
import { creation, groupStream, privateStream, update } from '../support/streams.ts'

const readers: Readonly<Record<string, (store: Store) => Promise<Rows>>> = {
  async 'out of memory'(store) {
    const view = new View(store, frames, pino({ level: 'silent' }))
    const ending = new AbortController()
    void view.follow(ending.signal)
    await view.loaded
    return view
  },
  'out of the store': async (store) => new DirectReader(store, frames),
}

async function answersOver(streams: readonly Stream[], open: (store: Store) => Promise<Rows>, scope?: Scope) {
  const store = await openTestStore()
  await store.commit(streams.map(creation))
  const rows = await open(store)
  const answers = new Answers(scope ? new ScopedRows(rows, frames, scope) : rows, frames)
  return async (text: string, platform: ResolvePlatform = 'default') => {
    const candidates = await answers.resolve(text, platform, DEFAULT_PLATFORM_ALIASES)
    return candidates.map(({ spelling, stream }) => `${spelling} ${stream.streamId}`)
  }
}

describe.each(Object.entries(readers))('resolving, read %s', (name, open) => {
  it('tells a stream that is spelled in several ways once, by the first of them', async () => {
    const self = groupStream('x', { streamId: '7', aliasIds: ['8'] })
    const resolve = await answersOver([self, groupStream('7', { streamId: 'g' })], open)
    expect(await resolve('7')).toEqual(['stream-id 7', 'group-id g'])
    expect(await resolve('8')).toEqual(['alias-id 7'])
  })

  it('finds the very stream of a display name, though others share its chat', async () => {
    const derived = groupStream('1', { customName: 'a (b)' })
    const moved = groupStream('1', { streamId: 'moved, (x)' })
    const ofAccount = privateStream('1', { accountId: '1:0', scope: 's' })
    const resolve = await answersOver([derived, moved, ofAccount], open)
    expect(await resolve('a (b) (qq:group:1)')).toEqual([`display-name ${derived.streamId}`])
    expect(await resolve('Group 1 (qq:group:1, stream moved%2C%20%28x%29)')).toEqual(['display-name moved, (x)'])
    const text = 'User 1 (qq:private:1, account 1%3A0, scope s)'
    expect(await resolve(text)).toEqual([`display-name ${ofAccount.streamId}`])
    expect(await resolve(text, { only: 'qq' })).toHaveLength(1)
    expect(await resolve(text, { only: 'telegram' }).catch((error) => error.reason)).toEqual(
      name === 'out of memory' ? [] : 'QUERY_UNSUPPORTED',
    )
  })

  it('counts a split only where it is the one that names a known chat', async () => {
    const known = ['b_c', 'd'].map((id) => groupStream(id, { streamId: id }))
    const resolve = await answersOver(known, open)
    expect(await resolve('x:GroupMessage:a_b_c')).toEqual(['foreign b_c'])
    const both = resolve('x:GroupMessage:b_c_d')
    expect(await both).toEqual(['foreign d'])
    const ambiguous = await answersOver([...known, groupStream('c', { streamId: 'c' })], open)
    expect(await ambiguous('x:GroupMessage:a_b_c').catch((error) => error.reason)).toEqual(
      name === 'out of memory' ? [] : 'QUERY_UNSUPPORTED',
    )
  })
})

describe('resolving', () => {
  const inMemory = readers['out of memory']!

  it('follows a chat that was merged into another, on whatever platform that is', async () => {
    const former = { streamId: 'old', platform: 'qq', accountId: '', scope: '', groupId: '1' }
    const target = groupStream('2', { streamId: 'new', platform: 'telegram', mergedChats: [former] })
    const resolve = await answersOver([target], inMemory)
    expect(await resolve('qq:group:1')).toEqual(['group-id new'])
    expect(await resolve('group:1')).toEqual(['group-id new'])
    expect(await resolve('telegram:group:1')).toEqual([])
    expect(await resolve('group:1', { only: 'qq' })).toEqual(['group-id new'])
    expect(await resolve('qq:group:1', { only: 'telegram' })).toEqual([])
  })

  const named = (id: string, overrides: Partial<Stream> = {}) =>
    groupStream(id, { streamId: `s${id}`, groupInfo: { platform: 'qq', groupId: id, groupName: 'same' }, ...overrides })

  it('shows nothing of what is beyond a scope, also where names are concerned', async () => {
    const streams = [named('1', { accountId: 'a' }), named('2', { accountId: 'b' })]
    const resolve = await answersOver(streams, inMemory, { accountIds: ['b'] })
    expect(await resolve('same')).toEqual(['name s2'])
    expect(await resolve('s1')).toEqual([])
    expect(await resolve('group:1')).toEqual([])
  })

  it('tells a limited number of candidates, so many as leave no doubt that there are several', async () => {
    const streams = Array.from({ length: MAX_CANDIDATES + 5 }, (_, index) => named(String(index)))
    const resolve = await answersOver(streams, inMemory)
    expect(await resolve('same')).toHaveLength(MAX_CANDIDATES)
  })

  it('finds a name by what it is now, and whole', async () => {
    const store = await openTestStore()
    const before = named('1', { customName: 'old' })
    await store.commit([creation(before)])
    const view = (await inMemory(store)) as View
    const after = { ...before, customName: 'new' }
    await view.waitFor(await store.commit([update(before, after)]))
    expect(view.named('old', {}, 9)).toEqual([])
    expect(view.named('ne', {}, 9)).toEqual([])
    expect(view.named('new', {}, 9)).toHaveLength(1)
    expect(view.named('same', { platforms: ['qq'] }, 9)).toHaveLength(1)
    expect(view.named('same', { platforms: ['telegram'] }, 9)).toEqual([])
  })
})
