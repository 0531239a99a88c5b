import pino from 'pino'
import { describe, expect, it } from 'vitest'
import { Answers } from '../../src/directory/answers.ts'
import { Commands } from '../../src/directory/commands.ts'
import { DirectReader } from '../../src/directory/direct.ts'
import type { Rows } from '../../src/directory/rows.ts'
import { ScopedRows } from '../../src/directory/scoped-rows.ts'
import { Table } from '../../src/directory/table.ts'
import { View } from '../../src/directory/view.ts'
import type { StreamFilter } from '../../src/domain/filter.ts'
import { targetOf } from '../../src/domain/identity.ts'
import { DEFAULT_PLATFORM_ALIASES as aliases } from '../../src/domain/platform.ts'
import type { Stream } from '../../src/domain/stream.ts'
import type { Store } from '../../src/store/store.ts'
import { frames } from '../../src/wire/frames.ts'
import { openTestStore } from '../support/directory.ts'
import { creation, deletion, groupStream, privateStream, unknownStream } from '../support/streams.ts'

const readers: Readonly<Record<string, (store: Store) => Promise<Rows>>> = {
  async 'out of memory'(store) {
    const view = new View(store, frames, pino({ level: 'silent' }))
    void view.follow(new AbortController().signal)
    await view.loaded
    return view
  },
  'out of the store': async (store) => new DirectReader(store, frames),
}

/** The same group or user under several accounts, some of them by the hundred. */
function split(id: string, accounts: number): Stream[] {
  return Array.from({ length: accounts }, (_, index) =>
    groupStream(id, { accountId: String(index), lastActiveTime: 1_000 + index }),
  )
}

describe.each(Object.entries(readers))('duplicates, read %s', (_name, open) => {
  async function ask(streams: readonly Stream[], filter: StreamFilter = {}, { maxBytes = 4e6, scope = {} } = {}) {
    const store = await openTestStore()
    for (let start = 0; start < streams.length; start += 1_000) {
      await store.commit(streams.slice(start, start + 1_000).map(creation))
    }
    const answers = new Answers(new ScopedRows(await open(store), frames, scope), frames)
    const { duplicates, isCut, revision } = await answers.duplicates({ filter, aliases, maxBytes })
    expect(revision).toBe(await store.revision())
    const told = duplicates.map(({ reason, frames: each }) => {
      const streams = each.map((frame) => frames.decode(frame))
      return `${targetOf(streams[0]!)!.id} ${reason} ${streams.map(({ accountId }) => accountId || '-').join(' ')}`
    })
    return { told, isCut }
  }

  it('are found of groups and private users, in the order of the first stream of each', async () => {
    const streams = [
      privateStream('9', { lastActiveTime: 5 }),
      groupStream('9', { lastActiveTime: 1 }),
      unknownStream('u1'),
      unknownStream('u2'),
      groupStream('9', { accountId: '1', lastActiveTime: 2 }),
      privateStream('9', { accountId: '1', lastActiveTime: 4 }),
      groupStream('10'),
    ]
    const told = ['9 other-account - 1', '9 other-account 1 -']
    expect(await ask(streams)).toEqual({ told, isCut: false })
    expect(await ask(streams, { types: ['group'] })).toEqual({ told: [told[1]], isCut: false })
    expect(await ask(streams, { accountIds: ['1'] })).toEqual({ told: [], isCut: false })
    expect(await ask(streams, { streamIds: [streams[0]!.streamId, streams[5]!.streamId] })).toEqual({
      told: [told[0]],
      isCut: false,
    })
  })

  it('show nothing of what the caller may not see', async () => {
    const streams = [
      ...split('1', 2),
      groupStream('2', { accountId: '1' }),
      groupStream('2', { accountId: '1', scope: 's' }),
    ]
    expect(await ask(streams, {}, { scope: { accountIds: ['1'] } })).toEqual({
      told: ['2 other-scope 1 1'],
      isCut: false,
    })
  })

  it('are at most a thousand, and say that there are more', async () => {
    const streams = Array.from({ length: 1_002 }, (_, index) => split(String(index), 2)).flat()
    const { told, isCut } = await ask(streams)
    expect([told.length, isCut]).toEqual([1_000, true])
    expect((await ask(streams.slice(0, 2_000))).isCut).toBe(false)
  })

  it('have at most a hundred streams each, the most recently active', async () => {
    const { told } = await ask(split('1', 120))
    expect(told[0]).toMatch(/^1 other-account 119 118 .* 20$/)
  })

  it('fit the answer whole, but for the first', async () => {
    const streams = [...split('1', 3), ...split('2', 3)]
    const size = frames.encode(streams[0]!).length
    expect(await ask(streams, {}, { maxBytes: size * 5 })).toEqual({ told: ['1 other-account 2 1 0'], isCut: true })
    expect(await ask(streams, {}, { maxBytes: size })).toEqual({ told: ['1 other-account 2 1'], isCut: true })
  })

  it('are those of the state after all that was written before', async () => {
    const store = await openTestStore()
    const rows = await open(store)
    const answers = new Answers(rows, frames)
    const commands = new Commands(store)
    const reasons = async () => {
      await rows.waitFor(await store.revision())
      return (await answers.duplicates({ filter: {}, aliases, maxBytes: 1e6 })).duplicates.map(({ reason }) => reason)
    }
    const [one, two] = split('1', 2)
    await store.commit([one!, two!].map(creation))
    expect(await reasons()).toEqual(['other-account'])
    await commands.merge({ streamId: one!.streamId, etag: '' }, { streamId: two!.streamId, etag: '' })
    expect(await reasons()).toEqual([])
    const third = groupStream('1', { accountId: '3' })
    await store.commit([creation(third)])
    expect(await reasons()).toEqual(['other-account'])
    await store.commit([deletion(third)])
    expect(await reasons()).toEqual([])
  })
})

describe('a search for duplicates', () => {
  it('finds what is there in the end, whatever changes meanwhile', async () => {
    const table = new Table(frames)
    let position = 0
    const put = (stream: Stream) => table.put({ stream, streamId: stream.streamId, position: position++ })
    for (let id = 0; id < 3_000; id++) split(String(id), id % 3 === 0 ? 2 : 1).forEach(put)
    let isOver = false
    const found = table.duplicates({ filter: { activeSince: 1_000 }, aliases, limit: 10_000 }, undefined, (answer) => {
      isOver = true
      return answer.duplicates.map(({ frames: each }) => targetOf(frames.decode(each[0]!))!.id)
    })
    const gone = split('0', 2)[0]!
    for (let turn = 0; !isOver; turn++) {
      const id = String((turn * 7) % 3_000)
      const [first, second] = split(id, 2)
      if (turn % 3 === 0) table.delete(first!.streamId)
      else if (turn % 3 === 1) put(second!)
      else put({ ...first!, lastActiveTime: 1 })
      table.delete(gone.streamId)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const now = await table.duplicates(
      { filter: { activeSince: 1_000 }, aliases, limit: 10_000 },
      undefined,
      (answer) => answer.duplicates.map(({ frames: each }) => targetOf(frames.decode(each[0]!))!.id),
    )
    expect(await found).toEqual(now)
    expect(now).not.toContain('0')
  })
})
