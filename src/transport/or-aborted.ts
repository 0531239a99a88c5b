/** Settles like `pending`, but does not outlast the signal: connect-node itself waits without end. */
export function orAborted<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    pending.then(resolve, reject).then(() => signal.removeEventListener('abort', onAbort))
  })
}
