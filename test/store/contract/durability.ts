import { expect } from 'vitest'
import type { Capabilities } from '../../../src/store/store.ts'
import { creation, deletion, groupStream, update } from '../../support/streams.ts'
import { WriterProcess } from '../../support/writer-process.ts'
import type { Test } from '../harness.ts'

const MANY_COMMITS = 1_000_000
const STREAMS_PER_COMMIT = 3

/** What was acknowledged is there, whatever happens to the process. */
export function durability(test: Test, capabilities: Capabilities): void {
  test('streams, changes and deletions survive a reopening', async ({ store, open }) => {
    const [a, b, c] = [groupStream('a'), groupStream('b'), groupStream('c')]
    await store.commit([creation(a), creation(b), creation(c)])
    const changed = { ...b, labels: { seen: 'yes' } }
    await store.commit([update(b, changed), deletion(c)])
    await store.close()
    const again = await open()
    expect((await again.list({}, undefined, 10)).found.map(({ stream }) => stream)).toEqual([a, changed])
    expect((await again.count({})).found).toEqual([{ platform: 'qq', type: 'group', count: 2 }])
  })

  test('what a killed process had acknowledged is there', async ({ store, place, openModule, open }) => {
    await store.close()
    const options = { openModule, url: place.url, commits: MANY_COMMITS, streamsPerCommit: 1 }
    const acknowledged: string[] = []
    for (const prefix of ['first', 'second']) {
      const writer = new WriterProcess({ ...options, prefix })
      await writer.untilAcknowledged(20)
      await writer.kill()
      acknowledged.push(...writer.acknowledged.map((n) => groupStream(`${prefix}-${n}-0`).streamId))
    }
    const stored = (await (await open()).get(acknowledged)).found
    expect(stored.map((entry) => entry?.streamId)).toEqual(acknowledged)
  })

  test('a store goes on working while another process on it is killed', async ({ store, place, openModule }) => {
    const options = { openModule, url: place.url, commits: MANY_COMMITS, streamsPerCommit: 1 }
    const writer = new WriterProcess({ ...options, prefix: 'killed' })
    await writer.untilAcknowledged(5)
    await store.commit([creation(groupStream('before'))])
    await writer.kill()
    await store.commit([creation(groupStream('after'))])
    const ids = writer.acknowledged.map((n) => groupStream(`killed-${n}-0`).streamId)
    ids.push(groupStream('before').streamId, groupStream('after').streamId)
    const stored = (await store.get(ids)).found
    expect(stored.map((entry) => entry?.streamId)).toEqual(ids)
  })

  if (capabilities.atomicCommits) {
    test('a killed process leaves whole commits only', async ({ store, place, openModule, open }) => {
      await store.close()
      const options = { openModule, url: place.url, commits: MANY_COMMITS, streamsPerCommit: STREAMS_PER_COMMIT }
      const writer = new WriterProcess({ ...options, prefix: 'w' })
      await writer.untilAcknowledged(20)
      await writer.kill()
      const stored = (await (await open()).list({}, undefined, 1_000_000)).found
      const perCommit = new Map<string, number>()
      for (const { stream } of stored) {
        const commit = stream.groupInfo?.groupId.split('-')[1] ?? ''
        perCommit.set(commit, (perCommit.get(commit) ?? 0) + 1)
      }
      expect(perCommit.size).toBeGreaterThanOrEqual(20)
      expect(new Set(perCommit.values())).toEqual(new Set([STREAMS_PER_COMMIT]))
    })
  }
}
