import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { Waiters, waitMs } from '../../src/directory/waiters.ts'

const stateOf = (promise: Promise<unknown>) => Promise.race([promise.then(() => 'over'), Promise.resolve('waits')])

describe('those who wait', () => {
  it('do not where what they wait for is there', async () => {
    await new Waiters().wait(() => true, 'anything', { signal: AbortSignal.abort() })
  })

  it('are let go when it is there, each for itself', async () => {
    const waiters = new Waiters()
    let held = 0
    const [first, second] = [1, 2].map((wanted) => waiters.wait(() => held >= wanted, `revision ${wanted}`, {}))
    held = 1
    waiters.check()
    await first
    expect(await stateOf(second!)).toBe('waits')
    held = 2
    waiters.check()
    await second
  })

  it('are asked no more once they are gone', async () => {
    const waiters = new Waiters()
    const caller = new AbortController()
    let asked = 0
    const isThere = () => ++asked === 0
    const waiting = waiters.wait(isThere, 'a revision', caller)
    waiters.check()
    expect(asked).toBe(2)
    caller.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    waiters.check()
    expect(asked).toBe(2)
  })

  it('hear after a while that it did not come, and when to ask again', async () => {
    vi.useFakeTimers()
    try {
      const waiting = new Waiters().wait(() => false, 'revision 7', {}).catch((error) => error)
      vi.advanceTimersByTime(waitMs({}) - 1)
      expect(await stateOf(waiting)).toBe('waits')
      vi.advanceTimersByTime(1)
      expect(await waiting).toMatchObject({
        reason: 'REVISION_NOT_REACHED',
        message: 'this server has not seen revision 7 within 5 s',
        retryAfterMs: 500,
      })
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('leave neither a timer nor a listener behind', async () => {
    vi.useFakeTimers()
    try {
      const waiters = new Waiters()
      const { signal } = new AbortController()
      let isThere = false
      const waiting = waiters.wait(() => isThere, 'a revision', { signal })
      expect(vi.getTimerCount()).toBe(1)
      isThere = true
      waiters.check()
      await waiting
      expect(vi.getTimerCount()).toBe(0)
      expect(getEventListeners(signal, 'abort')).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })
})
