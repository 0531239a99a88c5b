import { describe, expect, test } from 'vitest'
import { Turns } from '../../../src/directory/watch/turns.ts'
import { Watcher } from '../../../src/directory/watch/watcher.ts'

function watcherOf(maxQueueBytes: number) {
  const counted = { bytes: 0 }
  const watcher = new Watcher({
    maxQueueBytes,
    onQueued: (bytes) => {
      counted.bytes += bytes
    },
  })
  return { watcher, counted }
}

const NEVER = new AbortController().signal

describe('what waits for a watcher', () => {
  test('is taken in order, and counted until it is', async () => {
    const { watcher, counted } = watcherOf(1_000)
    const waiting = watcher.wait(NEVER)
    for (const size of [1, 2, 3]) watcher.push(new Uint8Array(size))
    await waiting
    expect(counted.bytes).toBe(6)
    expect([1, 2, 3, 4].map(() => watcher.take()?.byteLength)).toEqual([1, 2, 3, undefined])
    expect(counted.bytes).toBe(0)
  })

  test('is dropped where it is too much, and the watcher told so', async () => {
    const { watcher, counted } = watcherOf(10)
    watcher.push(new Uint8Array(6))
    watcher.push(new Uint8Array(4))
    watcher.push(new Uint8Array(1))
    watcher.push(new Uint8Array(1))
    expect(() => watcher.take()).toThrow(expect.objectContaining({ reason: 'WATCHER_TOO_SLOW' }))
    await watcher.wait(NEVER)
    expect(counted.bytes).toBe(0)
  })

  test('may be one message that is larger than all that may wait', () => {
    const { watcher } = watcherOf(10)
    watcher.push(new Uint8Array(50))
    expect(watcher.take()?.byteLength).toBe(50)
  })

  test('is waited for no longer than the signal says', async () => {
    const { watcher } = watcherOf(10)
    const ending = new AbortController()
    const waiting = watcher.wait(ending.signal)
    ending.abort()
    await waiting
    expect(watcher.take()).toBeUndefined()
  })
})

describe('turns', () => {
  test('are given to so many at a time, in the order in which they came', async () => {
    const turns = new Turns(2)
    const begun: number[] = []
    const begin = (number: number) => turns.begin(NEVER).then(() => begun.push(number))
    await Promise.all([begin(1), begin(2)])
    const others = [begin(3), begin(4)]
    await new Promise(setImmediate)
    expect(begun).toEqual([1, 2])
    turns.end()
    turns.end()
    await Promise.all(others)
    expect(begun).toEqual([1, 2, 3, 4])
  })

  test('pass over those who gave up', async () => {
    const turns = new Turns(1)
    await turns.begin(NEVER)
    const ending = new AbortController()
    const [gone, next] = [turns.begin(ending.signal), turns.begin(NEVER)]
    ending.abort(new Error('gone'))
    await expect(gone).rejects.toThrow('gone')
    turns.end()
    await next
  })
})
