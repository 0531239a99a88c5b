import { expect } from 'vitest'
import { WatchUnsupportedError } from '../../../src/store/store.ts'
import { creation, groupStream } from '../../support/streams.ts'
import type { Test } from '../harness.ts'
import { cursorNow, Watcher } from '../watcher.ts'

/** What an engine says that cannot tell what changes. */
export function withoutWatch(test: Test): void {
  test('a watch fails at once and says what would make it work', async ({ store }) => {
    await store.commit([creation(groupStream('a'))])
    const error = await new Watcher(store, await cursorNow(store)).failure
    expect(error).toBeInstanceOf(WatchUnsupportedError)
    expect((error as Error).message.length).toBeGreaterThan(20)
  })
}
