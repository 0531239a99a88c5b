import pino from 'pino'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { Answers } from '../../src/directory/answers.ts'
import { DirectReader } from '../../src/directory/direct.ts'
import type { Rows } from '../../src/directory/rows.ts'
import { ScopedRows } from '../../src/directory/scoped-rows.ts'
import { Tombstones } from '../../src/directory/tombstones.ts'
import { View } from '../../src/directory/view.ts'
import type { Scope } from '../../src/domain/access.ts'
import { tombstoneOf } from '../../src/domain/tombstone.ts'
import type { Store } from '../../src/store/store.ts'
import { frames } from '../../src/wire/frames.ts'
import { openTestStore } from '../support/directory.ts'
import { creation, DELETE_TIME, deletion, groupStream } from '../support/streams.ts'

const stream = groupStream('1', { aliasIds: ['old'] })
const ids = [stream.streamId, 'old']

let store: Store
beforeEach(async () => {
  store = await openTestStore()
  await store.commit([creation(stream)])
})

const readers: Readonly<Record<string, () => Promise<Rows>>> = {
  async 'out of memory'() {
    const view = new View(store, frames, pino({ level: 'silent' }))
    const ending = new AbortController()
    onTestFinished(() => ending.abort())
    void view.follow(ending.signal)
    await view.loaded
    return view
  },
  'out of the store': async () => new DirectReader(store, frames),
}

describe.each(Object.entries(readers))('an id that leads nowhere, read %s', (_name, open) => {
  async function reasons(rows: Rows, scope: Scope = {}): Promise<string[]> {
    const answers = new Answers(new ScopedRows(rows, frames, scope), frames)
    await answers.waitFor(await store.revision())
    return Promise.all(ids.map(async (id) => (await answers.missing(id)).reason))
  }

  it('is one of a deleted stream, whether that was deleted before or while it is read', async () => {
    const early = await open()
    expect(await reasons(early)).toEqual(['STREAM_NOT_FOUND', 'STREAM_NOT_FOUND'])
    await store.commit([deletion(stream)])
    for (const rows of [early, await open()]) {
      expect(await reasons(rows)).toEqual(['STREAM_DELETED', 'STREAM_DELETED'])
      expect(await reasons(rows, { platforms: ['qq'] })).toEqual(['STREAM_DELETED', 'STREAM_DELETED'])
    }
  })

  it('is one that never was to those whom the stream did not concern', async () => {
    await store.commit([deletion(stream)])
    const rows = await open()
    expect(await reasons(rows, { platforms: ['telegram'] })).toEqual(['STREAM_NOT_FOUND', 'STREAM_NOT_FOUND'])
    expect(await reasons(rows, { accountIds: ['1'] })).toEqual(['STREAM_NOT_FOUND', 'STREAM_NOT_FOUND'])
  })

  it('is forgotten once the stream is back', async () => {
    await store.commit([deletion(stream)])
    const early = await open()
    await store.commit([creation(groupStream('1', { lastActiveTime: DELETE_TIME + 1 }))])
    for (const rows of [early, await open()]) {
      expect(await reasons(rows)).toEqual(['STREAM_NOT_FOUND', 'STREAM_NOT_FOUND'])
    }
  })
})

describe('tombstones in memory', () => {
  it('are found by each id that led to a stream, also where several streams had it', () => {
    const tombstones = new Tombstones()
    const [a, b] = [tombstoneOf(stream, 1), tombstoneOf(groupStream('2', { aliasIds: ['old', 'b'] }), 2)]
    tombstones.replace([a, b])
    expect(tombstones.get('old')).toEqual([a, b])
    expect([tombstones.get('b'), tombstones.get(stream.streamId), tombstones.get('none')]).toEqual([[b], [a], []])
    tombstones.delete(a.streamId)
    tombstones.delete('none')
    expect([tombstones.get('old'), tombstones.get(a.streamId)]).toEqual([[b], []])
    tombstones.put({ ...b, aliasIds: ['c'] })
    expect([tombstones.get('old'), tombstones.get('c')]).toEqual([[], [{ ...b, aliasIds: ['c'] }]])
    tombstones.replace([a])
    expect([tombstones.get('c'), tombstones.get('old')]).toEqual([[], [a]])
  })
})
