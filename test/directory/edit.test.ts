import { beforeEach, describe, expect, it } from 'vitest'
import { Commands } from '../../src/directory/commands.ts'
import { edited } from '../../src/directory/edit.ts'
import { etagOf } from '../../src/domain/etag.ts'
import { MAX_LABELS } from '../../src/domain/limits.ts'
import type { Stream } from '../../src/domain/stream.ts'
import { ConflictError, type Store } from '../../src/store/store.ts'
import { openTestStore } from '../support/directory.ts'
import { creation, groupStream } from '../support/streams.ts'

const stream = groupStream('1', { labels: { team: 'red', muted: '' }, customName: 'Cats' })

describe('an edit', () => {
  it('sets and removes labels one by one', () => {
    const next = edited(stream, { setLabels: { team: 'blue', more: 'x' }, removeLabels: ['muted', 'none'] })
    expect(next.labels).toEqual({ team: 'blue', more: 'x' })
    expect({ ...next, labels: stream.labels }).toEqual(stream)
  })

  it('takes a name away where it gives an empty one, and leaves it where it gives none', () => {
    expect(edited(stream, { customName: '' })).not.toHaveProperty('customName')
    expect(edited(stream, { setLabels: { a: 'b' } }).customName).toBe('Cats')
    expect(edited(stream, { customName: 'Dogs' }).customName).toBe('Dogs')
  })

  it('that says what is so already is no change', () => {
    const said = { customName: 'Cats', setLabels: { team: 'red', muted: '' }, removeLabels: ['none', 'toString'] }
    expect(edited(stream, said)).toBe(stream)
    expect(edited(stream, {})).toBe(stream)
    const unnamed = groupStream('2')
    expect(edited(unnamed, { customName: '' })).toBe(unnamed)
  })

  it('takes keys that every object has for keys', () => {
    const next = edited(stream, { setLabels: { ['__proto__']: 'x', constructor: 'y' } })
    expect(Object.entries(next.labels)).toContainEqual(['__proto__', 'x'])
    expect(Object.entries(next.labels)).toContainEqual(['constructor', 'y'])
  })

  it('is refused where more labels would be there than a stream may have', () => {
    const full = groupStream('1', { labels: labelled(MAX_LABELS) })
    expect(() => edited(full, { setLabels: { one: 'more' } })).toThrow('set_labels: would be 65 together')
    expect(Object.keys(edited(full, { setLabels: { one: 'more' }, removeLabels: ['0'] }).labels)).toHaveLength(64)
  })
})

describe('editing a stream', () => {
  let store: Store
  let commands: Commands
  const ref = { streamId: stream.streamId, etag: '' }

  beforeEach(async () => {
    store = await openTestStore()
    await store.commit([creation(stream)])
    commands = new Commands(store)
  })

  async function stored(): Promise<Stream | undefined> {
    return (await store.get([stream.streamId])).found[0]?.stream
  }

  it('writes the change and tells of the revision from which on it shows', async () => {
    const { stream: changed, revision } = await commands.edit(ref, { customName: 'Dogs' })
    expect(changed).toEqual({ ...stream, customName: 'Dogs' })
    expect(await stored()).toEqual(changed)
    expect(await store.revision()).toBe(revision)
  })

  it('writes nothing where nothing changes', async () => {
    expect(await commands.edit(ref, { customName: 'Cats' })).toMatchObject({ stream, revision: undefined })
  })

  it('takes an alias for the stream', async () => {
    await store.commit([creation(groupStream('2', { aliasIds: ['old'] }))])
    const { stream: changed } = await commands.edit({ streamId: 'old', etag: '' }, { customName: 'x' })
    expect(changed).toMatchObject({ groupInfo: { groupId: '2' }, customName: 'x' })
  })

  it('is refused from another state than the one that it was made from', async () => {
    const etag = etagOf(stream)
    const { stream: changed } = await commands.edit({ ...ref, etag }, { customName: 'Dogs' })
    await expect(commands.edit({ ...ref, etag }, { customName: 'Birds' })).rejects.toMatchObject({
      reason: 'ETAG_MISMATCH',
      metadata: { stream_id: stream.streamId, etag: etagOf(changed) },
    })
    expect(await stored()).toEqual(changed)
  })

  it('of many at the same time loses no label', async () => {
    const keys = Array.from({ length: 10 }, (_, i) => `key ${i}`)
    await Promise.all(keys.map((key) => commands.edit(ref, { setLabels: { [key]: 'x' }, removeLabels: ['muted'] })))
    expect(Object.keys((await stored())?.labels ?? {}).sort()).toEqual([...keys, 'team'])
  })

  it('with an etag is not made over what another one wrote in between', async () => {
    const rival = {
      get: store.get.bind(store),
      find: store.find.bind(store),
      tombstones: store.tombstones.bind(store),
      list: store.list.bind(store),
      count: store.count.bind(store),
      revision: store.revision.bind(store),
      keepPlace: store.keepPlace.bind(store),
      async commit(): Promise<never> {
        await commands.edit(ref, { customName: 'Rival' })
        throw new ConflictError([stream.streamId])
      },
    }
    const edit = new Commands(rival).edit({ ...ref, etag: etagOf(stream) }, { customName: 'Dogs' })
    await expect(edit).rejects.toMatchObject({ reason: 'ETAG_MISMATCH' })
    expect((await stored())?.customName).toBe('Rival')
  })

  it('finds nothing where no stream has the id', async () => {
    await expect(commands.edit({ streamId: 'nobody', etag: '' }, {})).rejects.toMatchObject({
      reason: 'STREAM_NOT_FOUND',
      metadata: { stream_id: 'nobody' },
    })
  })

  it('says the same of a stream that it may not see and of one that there is not', async () => {
    const scoped = commands.as({ name: 'one', scope: { platforms: ['telegram'] } })
    const hidden = await scoped.edit(ref, { customName: 'x' }).catch((error: Error) => error)
    expect(hidden).toMatchObject({ reason: 'STREAM_NOT_FOUND' })
    expect((hidden as Error).message).toBe(`no stream has the id ${JSON.stringify(stream.streamId)}`)
    expect(await stored()).toEqual(stream)
  })

  it.each([
    ['a name that is too long', { customName: 'n'.repeat(16_385) }, 'custom_name'],
    ['a label without a key', { setLabels: { '': 'x' } }, 'set_labels[""]'],
    ['too many labels at once', { setLabels: labelled(MAX_LABELS + 1) }, 'set_labels'],
    ['a label that it both sets and removes', { setLabels: { a: 'x' }, removeLabels: ['a'] }, 'remove_labels'],
  ])('refuses %s', (_what, edit, field) => {
    expect(() => commands.edit(ref, edit)).toThrow(
      expect.objectContaining({ reason: 'INVALID_FIELD', violations: [expect.objectContaining({ field })] }),
    )
  })
})

function labelled(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [String(i), 'x']))
}
