import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Revision } from '../../../src/domain/revision.ts'
import type { Store } from '../../../src/store/store.ts'
import { creation, deletion, groupStream } from '../../support/streams.ts'
import type { Test } from '../harness.ts'

/** What reads tell of the time they are of. */
export function revisions(test: Test): void {
  test('every read is of a revision between the commits before and after it', async ({ store }) => {
    const stream = groupStream('a')
    const before = await store.commit([creation(stream)])
    const seen = await seenBy(store, stream.streamId)
    const after = await store.commit([deletion(stream)])
    for (const revision of seen) {
      expect(revision).toBeGreaterThanOrEqual(before)
      expect(revision).toBeLessThan(after)
    }
  })

  test('a read of what another writer has just committed is of its revision or a later one', async ({
    store,
    open,
  }) => {
    const other = await open()
    for (let i = 0; i < 10; i++) {
      const { streamId } = groupStream(`${i}`)
      const committed = await other.commit([creation(groupStream(`${i}`))])
      for (const revision of await seenBy(store, streamId)) expect(revision).toBeGreaterThanOrEqual(committed)
    }
  })

  test('what a read found is there at the revision that it tells, though others write meanwhile', async ({
    store,
    open,
  }) => {
    const other = await open()
    const committed: Revision[] = []
    const writing = (async () => {
      for (let i = 0; i < 40; i++) committed.push(await other.commit([creation(groupStream(`${i}`))]))
    })()
    while (committed.length < 40) {
      const { found, revision } = await store.list({}, undefined, 100)
      // An embedded store answers at once; the acknowledgements of what it shows take their turn.
      do await nextTurn()
      while (found.length > committed.length)
      expect(committed.slice(0, found.length).filter((each) => each > revision)).toEqual([])
    }
    await writing
  })

  test('the revisions of reads one after another do not fall', async ({ store }) => {
    let last: Revision = 0n
    for (let i = 0; i < 10; i++) {
      await store.commit([creation(groupStream(`${i}`))])
      for (const revision of await seenBy(store, `${i}`)) {
        expect(revision).toBeGreaterThanOrEqual(last)
        last = revision
      }
    }
  })
}

async function seenBy(store: Store, streamId: string): Promise<Revision[]> {
  const reads = [
    () => store.get([streamId]),
    () => store.find([{ target: { kind: 'group', id: 'a' } }]),
    () => store.list({}, undefined, 10),
    () => store.count({}),
  ]
  const seen: Revision[] = []
  for (const read of reads) seen.push((await read()).revision)
  return [...seen, await store.revision()]
}
