import { describe, expect, it } from 'vitest'
import { Answers, type List, type ListRequest, type Match } from '../../src/directory/answers.ts'
import type { Rows } from '../../src/directory/rows.ts'
import { Table } from '../../src/directory/table.ts'
import { filterable, predicateOf, type StreamFilter } from '../../src/domain/filter.ts'
import { compareText, type Stream, streamType } from '../../src/domain/stream.ts'
import type { StoredStream } from '../../src/store/store.ts'
import { frames } from '../../src/wire/frames.ts'

function group(id: string, overrides: Partial<Stream> = {}): Stream {
  return {
    streamId: `stream-${id}`,
    platform: 'qq',
    accountId: '',
    scope: '',
    groupInfo: { platform: 'qq', groupId: id, groupName: `group ${id}` },
    createTime: 1,
    lastActiveTime: 1,
    labels: {},
    aliasIds: [],
    ...overrides,
  }
}

function at(position: number, stream: Stream): StoredStream {
  return { stream, streamId: stream.streamId, position }
}

/** What is answered from a table alone. */
function answersOf(table: Table) {
  const rows = {
    find: table.find.bind(table),
    walk(...args: Parameters<Table['walk']>) {
      table.walk(...args)
      return 0n
    },
    total: (filter: StreamFilter) => ({ found: table.total(filter), revision: 0n }),
  }
  const answers = new Answers(rows as unknown as Rows, frames)
  return {
    find: (...args: Parameters<Table['find']>) => answers.find(...args) as Match | undefined,
    list: (request: ListRequest) => answers.list(request) as List,
  }
}

function found(table: Table, ...asked: Parameters<Table['find']>): Stream | undefined {
  const match = answersOf(table).find(...asked)
  return match && frames.decode(match.frame)
}

function listed(table: Table, filter: StreamFilter, limit = Number.POSITIVE_INFINITY) {
  const request = { filter, after: undefined, limit, maxBytes: Number.POSITIVE_INFINITY }
  return answersOf(table).list(request).frames.map(frames.streamId)
}

describe('the table', () => {
  it('finds a stream by id and by target, on its platform only', () => {
    const table = new Table(frames)
    table.put(at(1, group('7')))
    expect(frames.decode(table.get('stream-7')!)).toEqual(group('7'))
    expect(answersOf(table).find({ kind: 'group', id: '7' }, 'qq')?.otherStreamIds).toEqual([])
    expect(found(table, { kind: 'group', id: '7' }, undefined)).toEqual(group('7'))
    expect(answersOf(table).find({ kind: 'group', id: '7' }, 'QQ')).toBeUndefined()
    expect(answersOf(table).find({ kind: 'private', id: '7' }, 'qq')).toBeUndefined()
    expect(answersOf(table).find({ kind: 'group', id: '007' }, 'qq')).toBeUndefined()
  })

  it('finds a stream by the chats that were merged into it, each on its platform, and once', () => {
    const table = new Table(frames)
    const former = (platform: string, groupId: string) => ({
      ...{ streamId: `was ${groupId}`, platform, accountId: '', scope: '', groupId },
    })
    const stream = group('7', { mergedChats: [former('telegram', '8'), former('qq', '7'), former('discord', '7')] })
    table.put(at(1, stream))
    for (const [id, platform] of [
      ['8', 'telegram'],
      ['8', undefined],
      ['7', 'qq'],
      ['7', 'discord'],
      ['7', undefined],
    ] as const) {
      const match = answersOf(table).find({ kind: 'group', id }, platform)
      expect([match?.frame.length, match?.otherStreamIds]).toEqual([frames.encode(stream).length, []])
    }
    expect(found(table, { kind: 'group', id: '8' }, 'qq')).toBeUndefined()
    expect(found(table, { kind: 'group', id: '7' }, 'telegram')).toBeUndefined()
    expect(found(table, { kind: 'private', id: '8' }, 'telegram')).toBeUndefined()
    table.put(at(1, { ...stream, mergedChats: stream.mergedChats!.slice(1) }))
    expect(found(table, { kind: 'group', id: '8' }, undefined)).toBeUndefined()
    expect(found(table, { kind: 'group', id: '7' }, 'discord')).toBeDefined()
    table.put(at(1, group('7')))
    expect(found(table, { kind: 'group', id: '7' }, 'discord')).toBeUndefined()
    table.delete('stream-7')
    expect(found(table, { kind: 'group', id: '7' }, undefined)).toBeUndefined()
  })

  it('returns the most recently active of several matches and names the others by recency', () => {
    const table = new Table(frames)
    table.put(at(1, group('7', { streamId: 'old', lastActiveTime: 1 })))
    table.put(at(2, group('7', { streamId: 'new', lastActiveTime: 3, platform: 'telegram' })))
    table.put(at(3, group('7', { streamId: 'middle', lastActiveTime: 2, accountId: 'a' })))
    const everywhere = answersOf(table).find({ kind: 'group', id: '7' }, undefined)
    expect(frames.streamId(everywhere!.frame)).toBe('new')
    expect(everywhere!.otherStreamIds).toEqual(['middle', 'old'])
    const onQq = answersOf(table).find({ kind: 'group', id: '7' }, 'qq')
    expect(frames.streamId(onQq!.frame)).toBe('middle')
    expect(onQq!.otherStreamIds).toEqual(['old'])
  })

  it('lists by position also where a stream arrives late', () => {
    const table = new Table(frames)
    for (const position of [2, 9, 5, 1, 7]) table.put(at(position, group(String(position))))
    expect(listed(table, {})).toEqual(['stream-1', 'stream-2', 'stream-5', 'stream-7', 'stream-9'])
  })

  it('orders streams of one position by id', () => {
    const table = new Table(frames)
    for (const id of ['c', 'a', 'b']) table.put(at(1, group(id)))
    expect(listed(table, { platforms: ['qq'] })).toEqual(['stream-a', 'stream-b', 'stream-c'])
  })

  it('ends a page by bytes and goes on behind its last stream', () => {
    const table = new Table(frames)
    for (let i = 1; i <= 5; i++) table.put(at(i, group(String(i))))
    const bytes = table.get('stream-1')!.length * 2
    const first = answersOf(table).list({ filter: {}, after: undefined, limit: 10, maxBytes: bytes })
    expect(first.frames).toHaveLength(2)
    expect(first.next).toEqual({ position: 2, streamId: 'stream-2' })
    const second = answersOf(table).list({ filter: {}, after: first.next, limit: 10, maxBytes: bytes * 10 })
    expect(second.frames.map(frames.streamId)).toEqual(['stream-3', 'stream-4', 'stream-5'])
    expect(second.next).toBeUndefined()
  })

  it('goes on from a place whose stream was removed meanwhile', () => {
    const table = new Table(frames)
    for (let i = 1; i <= 3; i++) table.put(at(i, group(String(i))))
    table.delete('stream-2')
    const after = { position: 2, streamId: 'stream-2' }
    const { frames: rest } = answersOf(table).list({ filter: {}, after, limit: 10, maxBytes: 1e6 })
    expect(rest.map(frames.streamId)).toEqual(['stream-3'])
  })

  it('moves a stream whose identity changed to where it now belongs', () => {
    const table = new Table(frames)
    table.put(at(1, group('7')))
    table.put(
      at(1, group('7', { platform: 'discord', groupInfo: undefined, userInfo: { platform: 'qq', userId: '8' } })),
    )
    expect(answersOf(table).find({ kind: 'group', id: '7' }, undefined)).toBeUndefined()
    expect(found(table, { kind: 'private', id: '8' }, 'discord')?.streamId).toBe('stream-7')
    expect(table.count({})).toEqual([{ platform: 'discord', type: 'private', count: 1 }])
  })

  it('keeps the other streams of a target when one of them is removed, whichever it is', () => {
    for (const count of [2, 3]) {
      for (let removed = 0; removed < count; removed++) {
        const table = new Table(frames)
        for (let i = 0; i < count; i++) table.put(at(i, group('7', { streamId: `s${i}`, lastActiveTime: i })))
        table.delete(`s${removed}`)
        const match = answersOf(table).find({ kind: 'group', id: '7' }, undefined)!
        const left = [frames.streamId(match.frame), ...match.otherStreamIds]
        expect(left.sort()).toEqual(['s0', 's1', 's2'].slice(0, count).filter((id) => id !== `s${removed}`))
      }
    }
  })

  it('finds a stream by its aliases, unless a stream has the id itself', () => {
    const table = new Table(frames)
    const idAt = (id: string) => table.get(id) && frames.streamId(table.get(id)!)
    table.put(at(2, group('2', { aliasIds: ['a', 'shared'] })))
    table.put(at(1, group('1', { aliasIds: ['b', 'shared', 'stream-2'] })))
    expect(['a', 'b', 'shared', 'stream-2', 'c'].map(idAt)).toEqual([
      'stream-2',
      'stream-1',
      'stream-1',
      'stream-2',
      undefined,
    ])
    table.put(at(1, group('1', { aliasIds: ['c'] })))
    expect(['a', 'b', 'shared', 'c'].map(idAt)).toEqual(['stream-2', undefined, 'stream-2', 'stream-1'])
    table.delete('stream-2')
    expect(['a', 'shared', 'stream-2', 'c'].map(idAt)).toEqual([undefined, undefined, undefined, 'stream-1'])
  })

  it('gives back the frame that a write replaced, and counts versions where something changed', () => {
    const table = new Table(frames)
    const [first, second] = [group('7'), group('7', { lastActiveTime: 5 })]
    expect(table.put(at(1, first))).toBeUndefined()
    const version = table.listVersion({ platforms: ['qq'] })
    expect(frames.decode(table.put(at(1, first))!)).toEqual(first)
    expect(table.listVersion({ platforms: ['qq'] })).toBe(version)
    expect(frames.decode(table.put(at(1, second))!)).toEqual(first)
    expect(table.listVersion({ platforms: ['qq'] })).toBeGreaterThan(version)
    expect(frames.decode(table.put(at(2, first))!)).toEqual(second)
    expect(frames.decode(table.delete('stream-7')!)).toEqual(first)
    expect(table.delete('stream-7')).toBeUndefined()
  })

  it('leaves frames handed out as they were when their streams change', () => {
    const table = new Table(frames)
    table.put(at(1, group('7')))
    const frame = table.get('stream-7')!
    const copy = Buffer.from(frame)
    for (let i = 0; i < 50_000; i++) table.put(at(1, group('7', { lastActiveTime: i })))
    expect(Buffer.compare(frame, copy)).toBe(0)
  })

  it('agrees with a plain map under twenty thousand random writes', () => {
    const table = new Table(frames)
    const model = new Map<string, StoredStream>()
    let seed = 42
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      // The low bits repeat themselves soon.
      return Math.floor((seed / 2 ** 32) * below)
    }
    for (let step = 0; step < 20_000; step++) {
      const streamId = `s${random(300)}`
      if (random(4) === 0) {
        expect(table.delete(streamId) !== undefined).toBe(model.delete(streamId))
        continue
      }
      const kind = random(3)
      const stored = at(model.get(streamId)?.position ?? step, {
        ...group(String(random(50))),
        streamId,
        platform: ['qq', 'telegram', 'discord'][random(3)]!,
        lastActiveTime: random(1_000),
        accountId: ['', 'a', 'b', String(random(20))][random(4)]!,
        scope: ['', 's'][random(2)]!,
        ...(kind === 0 && { groupInfo: undefined }),
        ...(kind === 1 && { groupInfo: undefined, userInfo: { platform: 'qq', userId: String(random(50)) } }),
        labels: random(10) === 0 ? { note: 'x'.repeat(random(2_000)) } : {},
      })
      table.put(stored)
      model.set(streamId, stored)
    }
    expect(model.size).toBeGreaterThan(200)
    const expected = [...model.values()].sort((a, b) => a.position - b.position || compareText(a.streamId, b.streamId))
    expect(listed(table, {})).toEqual(expected.map(({ streamId }) => streamId))
    for (const platform of ['qq', 'telegram', 'discord']) {
      for (const type of ['group', 'private', 'unknown'] as const) {
        const matching = expected.filter(({ stream }) => stream.platform === platform && streamType(stream) === type)
        expect(listed(table, { platforms: [platform], types: [type] })).toEqual(
          matching.map(({ streamId }) => streamId),
        )
      }
    }
    const filters: StreamFilter[] = [
      { platforms: ['qq', 'discord'] },
      { platforms: [] },
      { types: ['group', 'unknown'] },
      { platforms: ['qq'], types: ['private', 'group'], accountIds: ['a', 'b'] },
      { scopes: ['s'], activeSince: 500 },
      { quietSince: 100, excludeStreamIds: ['s1', 's2'] },
      { streamIds: ['s3', 's4', 'none'] },
      { groupIds: ['1', '2'], userIds: ['3'] },
      { accountIds: ['gone'] },
    ]
    let fruitful = 0
    for (const filter of filters) {
      const isMatch = predicateOf(filter)
      const matching = expected.filter(({ stream }) => isMatch(filterable(stream)))
      if (matching.length > 0) fruitful++
      expect(listed(table, filter)).toEqual(matching.map(({ streamId }) => streamId))
      expect(table.total(filter)).toBe(matching.length)
    }
    expect(fruitful).toBe(filters.length - 2)
    for (const { stream } of expected) expect(frames.decode(table.get(stream.streamId)!)).toEqual(stream)
  })
})
