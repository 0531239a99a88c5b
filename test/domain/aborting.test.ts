import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { unlessAborted } from '../../src/domain/aborting.ts'

describe('work that may be given up', () => {
  test('settles as it would by itself, and leaves no listener behind', async () => {
    const { signal } = new AbortController()
    expect(await unlessAborted(Promise.resolve(7), [undefined, signal])).toBe(7)
    await expect(unlessAborted(Promise.reject(new Error('failed')), [signal, undefined])).rejects.toThrow('failed')
    await new Promise(setImmediate)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('is given up with the reason of the signal that is aborted, whichever it is', async () => {
    const work = Promise.withResolvers<void>()
    const controllers = [new AbortController(), new AbortController()]
    const waiting = unlessAborted(
      work.promise,
      controllers.map(({ signal }) => signal),
    )
    controllers[1]!.abort(new Error('second'))
    await expect(waiting).rejects.toThrow('second')
    work.resolve()
    await new Promise(setImmediate)
    for (const { signal } of controllers) expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('is given up at once where a signal is aborted already', async () => {
    const waiting = unlessAborted(new Promise(() => {}), [undefined, AbortSignal.abort(new Error('before'))])
    await expect(waiting).rejects.toThrow('before')
  })
})
