import { describe, expect, it } from 'vitest'
import type { FrameCodec } from '../../src/directory/rows.ts'
import { Table } from '../../src/directory/table.ts'
import { filterable, predicateOf, type StreamFilter } from '../../src/domain/filter.ts'
import { compareInOrder, type OrderedPlace, type StreamOrder, sortKey } from '../../src/domain/order.ts'
import type { Stream } from '../../src/domain/stream.ts'
import type { StoredStream } from '../../src/store/store.ts'
import { frames } from '../../src/wire/frames.ts'
import { groupStream, privateStream, unknownStream } from '../support/streams.ts'

const ORDERS: readonly StreamOrder[] = (['position', 'lastActiveTime', 'createTime', 'name'] as const).flatMap((by) =>
  [false, true].map((isDescending) => ({ by, isDescending })),
)
const NAMES = ['Mai', 'ＭＡＩ', '猫咖', '同名群', 'group 1', 'a\nb', '𠮷野家', '', 'é', 'é']

const FILTERS: readonly StreamFilter[] = [
  {},
  { platforms: ['qq'] },
  { platforms: ['qq'], types: ['group'] },
  { types: ['private', 'unknown'] },
  { accountIds: ['1'], scopes: [''] },
  { nameContains: 'mai' },
  { nameContains: '猫' },
  { nameContains: '\n' },
  { nameContains: '' },
  { nameContains: 'é', platforms: ['qq'] },
  { nameContains: 'nowhere' },
  { nameContains: 'm', activeSince: 300, labels: { team: 'blue' } },
  { labels: { team: 'blue' } },
  { groupIds: ['1', '2'], userIds: ['3'] },
  { groupIds: ['1'], nameContains: 'm' },
  { streamIds: ['s1', 's2', 'none'], quietSince: 500 },
  { excludeStreamIds: ['s1', 's2'], createdSince: 200 },
]

/** Numbers that look random and are the same in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function randomStream(random: (below: number) => number, streamId: string): Stream {
  const platform = ['qq', 'telegram'][random(2)]!
  const name = NAMES[random(NAMES.length)]!
  const overrides = {
    streamId,
    platform,
    accountId: ['', '1', '2'][random(3)]!,
    createTime: random(400),
    lastActiveTime: random(600),
    labels: random(3) === 0 ? { team: ['blue', 'red'][random(2)]! } : {},
    ...(random(4) === 0 && { customName: NAMES[random(7)]! }),
  }
  const id = String(random(8))
  const kind = random(5)
  if (kind === 0) return unknownStream(streamId, overrides)
  if (kind < 3) return privateStream(id, { ...overrides, userInfo: { platform, userId: id, userNickname: name } })
  return groupStream(id, { ...overrides, groupInfo: { platform, groupId: id, groupName: name } })
}

function put(table: Table, model: Map<string, StoredStream>, position: number, stream: Stream): void {
  const stored = { stream, streamId: stream.streamId, position: model.get(stream.streamId)?.position ?? position }
  table.put(stored)
  model.set(stream.streamId, stored)
}

function remove(table: Table, model: Map<string, StoredStream>, streamId: string): void {
  table.delete(streamId)
  model.delete(streamId)
}

/** What a query has to find. */
function expected(model: Map<string, StoredStream>, filter: StreamFilter, order: StreamOrder): string[] {
  const isMatch = predicateOf(filter)
  return [...model.values()]
    .filter(({ stream }) => isMatch(filterable(stream)))
    .map(({ stream, streamId, position }) => ({ key: sortKey(order, stream, position), position, streamId }))
    .sort((a, b) => compareInOrder(order, a, b))
    .map(({ streamId }) => streamId)
}

async function pages(table: Table, filter: StreamFilter, order: StreamOrder, limit: number) {
  const found: string[] = []
  let total: number
  for (let after: OrderedPlace | undefined; ; ) {
    const page = await table.query({ filter, order, after, limit }, undefined, (matches) => matches)
    total = page.total
    found.push(...page.rows.map(({ frame }) => frames.streamId(frame)))
    after = page.rows.at(-1)?.place
    if (!page.isCut) return { found, total }
  }
}

describe('a query', () => {
  it('finds, page after page, what the predicate matches, in each order, also after many writes', async () => {
    const table = new Table(frames)
    const model = new Map<string, StoredStream>()
    const random = numbers(7)
    for (let step = 0; step < 1_500; step++) {
      const streamId = `s${random(200)}`
      if (random(4) === 0) remove(table, model, streamId)
      else put(table, model, step, randomStream(random, streamId))
    }
    for (const filter of FILTERS) {
      for (const order of ORDERS) {
        const wanted = expected(model, filter, order)
        const { found, total } = await pages(table, filter, order, 5 + random(100))
        expect(found, JSON.stringify({ filter, order })).toEqual(wanted)
        expect(total).toBe(wanted.length)
      }
    }
  })

  it('answers from one moment, whatever is written while it looks', async () => {
    const table = new Table(frames)
    const model = new Map<string, StoredStream>()
    const random = numbers(11)
    const count = 4_000
    for (let index = 0; index < count; index++) put(table, model, index, randomStream(random, `s${index}`))
    for (const filter of [{ nameContains: 'm' }, { labels: { team: 'blue' } }, { accountIds: ['1'] }]) {
      for (const order of ORDERS) {
        let isOver = false
        let writes = 0
        const query = table.query({ filter, order, after: undefined, limit: 20 }, undefined, (matches) => {
          isOver = true
          return { ...matches, wanted: expected(model, filter, order) }
        })
        while (!isOver) {
          for (let change = 0; change < 20; change++) {
            const streamId = `s${random(count)}`
            if (random(3) === 0) remove(table, model, streamId)
            else put(table, model, random(count), randomStream(random, streamId))
          }
          put(table, model, count + writes, randomStream(random, `new${writes}`))
          writes++
          await new Promise((resolve) => setImmediate(resolve))
        }
        const { rows, total, wanted, isCut } = await query
        const found = rows.map(({ frame }) => frames.streamId(frame))
        expect(total).toBe(wanted.length)
        expect(found).toEqual(wanted.slice(0, found.length))
        expect(isCut || found.length === wanted.length).toBe(true)
        expect(found.length).toBeGreaterThan(0)
      }
    }
  })

  it('gives each stream that matches throughout once, where others come and go between the pages', async () => {
    const random = numbers(13)
    for (const by of ['position', 'createTime'] as const) {
      for (const isDescending of [false, true]) {
        const table = new Table(frames)
        const model = new Map<string, StoredStream>()
        for (let index = 0; index < 300; index++) put(table, model, index, randomStream(random, `s${index}`))
        const seen: string[] = []
        for (let after: OrderedPlace | undefined; ; ) {
          const query = { filter: {}, order: { by, isDescending }, after, limit: 7 }
          const page = await table.query(query, undefined, (matches) => matches)
          seen.push(...page.rows.map(({ frame }) => frames.streamId(frame)))
          after = page.rows.at(-1)?.place
          if (!page.isCut) break
          // Streams of the first hundred come and go; the others change, but for what orders them.
          for (let change = 0; change < 20; change++) {
            const streamId = `s${random(300)}`
            const known = model.get(streamId)
            if (Number(streamId.slice(1)) < 100) {
              if (known) remove(table, model, streamId)
              else put(table, model, 300 + random(1_000), randomStream(random, streamId))
            } else put(table, model, 0, { ...randomStream(random, streamId), createTime: known!.stream.createTime })
          }
        }
        const steady = seen.filter((streamId) => Number(streamId.slice(1)) >= 100)
        expect(new Set(steady).size).toBe(200)
        expect(steady).toHaveLength(200)
      }
    }
  })

  it('lets others have their turn while it looks, and gives up when its caller does', async () => {
    const table = new Table(frames)
    for (let position = 0; position < 20_000; position++) {
      const stream = groupStream(String(position), { labels: { a: 'b' } })
      table.put({ stream, streamId: stream.streamId, position })
    }
    const ending = new AbortController()
    setImmediate(() => ending.abort(new Error('no longer wanted')))
    const query = { filter: { labels: { a: 'c' } }, order: ORDERS[0]!, after: undefined, limit: 10 }
    await expect(table.query(query, ending.signal, (matches) => matches)).rejects.toThrow('no longer wanted')
  })

  it('does not decode streams to look for a name, nor for what stands in columns', async () => {
    let decoded = 0
    const counting: FrameCodec = {
      ...frames,
      decode(frame) {
        decoded++
        return frames.decode(frame)
      },
    }
    const table = new Table(counting)
    for (let position = 0; position < 5_000; position++) {
      const stream = groupStream(String(position))
      table.put({ stream, streamId: stream.streamId, position })
    }
    for (const order of ORDERS) {
      const filter = { nameContains: '7', platforms: ['qq', 'telegram'], createdSince: 1, labels: { a: 'b' } }
      await table.query({ filter, order, after: undefined, limit: 10 }, undefined, (matches) => matches)
    }
    expect(decoded).toBe(0)
  })
})
