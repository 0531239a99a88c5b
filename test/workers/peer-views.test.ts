import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Waiters } from '../../src/directory/waiters.ts'
import type { ToSupervisor } from '../../src/workers/messages.ts'
import { PeerViews } from '../../src/workers/peer-views.ts'

/** A view whose revision the test moves, and what was said to the supervisor. */
function peersOf() {
  const waiters = new Waiters()
  const view = {
    revision: 5n,
    changedAt: 4n,
    waitFor: (revision: bigint) => waiters.wait(() => revision <= view.revision, `revision ${revision}`, {}),
  }
  const said: ToSupervisor[] = []
  let looks = 0
  const peers = new PeerViews(
    view,
    (message) => said.push(message),
    () => {
      looks += 1
    },
  )
  const reach = (revision: bigint) => {
    view.revision = revision
    waiters.check()
  }
  return { peers, reach, heard: () => said.splice(0), looks: () => looks }
}

describe('a worker', () => {
  it('answers nothing until others count on it, and then nothing older than they have told', async () => {
    const { peers, heard, reach } = peersOf()
    expect(() => peers.assertReady()).toThrow('not served yet')
    const joined = peers.join()
    expect(heard()).toEqual([{ kind: 'join', revision: 5n }])
    peers.joined(7n)
    await joined
    peers.assertReady()
    expect(peers.missing).toBe(7n)
    reach(7n)
    expect(peers.missing).toBeUndefined()
  })

  it('asks for one revision at a time, the latest that its callers wait for', async () => {
    const { peers, heard } = peersOf()
    const writes = [6n, 8n, 7n].map((revision) => peers.waitFor(revision))
    expect(heard()).toEqual([{ kind: 'settle', revision: 6n }])
    peers.settled(6n)
    await writes[0]
    expect(heard()).toEqual([{ kind: 'settle', revision: 8n }])
    peers.settled(8n)
    await Promise.all(writes)
    await peers.waitFor(8n)
    expect(heard()).toEqual([])
  })

  it('waits for what was there already no longer than for the change by which it came', () => {
    const { peers, heard } = peersOf()
    peers.waitForHeld(9n).catch(() => {})
    expect(heard()).toEqual([{ kind: 'settle', revision: 4n }])
  })

  it('looks for a revision at once, and says when it holds it', async () => {
    const { peers, heard, looks, reach } = peersOf()
    peers.hold(8n)
    await nextTurn()
    expect([looks(), heard()]).toEqual([1, []])
    reach(9n)
    await nextTurn()
    expect(heard()).toEqual([{ kind: 'holds', revision: 9n }])
  })

  it('confirms at once that it answers nothing older', () => {
    const { peers, heard } = peersOf()
    peers.joined(-1n)
    peers.fence(8n)
    expect(heard()).toEqual([{ kind: 'fenced', revision: 8n }])
    expect(peers.missing).toBe(8n)
    peers.fence(6n)
    expect(peers.missing).toBe(8n)
  })
})
