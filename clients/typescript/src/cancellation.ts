/** What the client needs of an `AbortSignal`, whose own type comes with a platform and not with the language. */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** Calls back once, when the signal is aborted or at once where it is. What it returns takes that back. */
export function onAbort(signal: AbortSignalLike | undefined, callback: () => void): () => void {
  if (!signal) return () => {}
  if (signal.aborted) {
    callback()
    return () => {}
  }
  const stop = () => signal.removeEventListener('abort', listener)
  const listener = () => {
    stop()
    callback()
  }
  signal.addEventListener('abort', listener)
  return stop
}

/** Resolves after a time, or rejects with the reason of the signal when that is aborted before. */
export function pause(ms: number, signal: AbortSignalLike | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      ignoreAbort()
      resolve()
    }, ms)
    const ignoreAbort = onAbort(signal, () => {
      clearTimeout(timer)
      reject(signal!.reason)
    })
  })
}
