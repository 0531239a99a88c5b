/** Settles as the work does, unless a signal is aborted first; then the work goes on unheard. */
export function unlessAborted<T>(work: Promise<T>, signals: readonly (AbortSignal | undefined)[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = ({ target }: { target: unknown }) => reject((target as AbortSignal).reason)
    for (const signal of signals) {
      if (signal?.aborted) reject(signal.reason)
      else signal?.addEventListener('abort', stop, { once: true })
    }
    work.then(resolve, reject).finally(() => {
      for (const signal of signals) signal?.removeEventListener('abort', stop)
    })
  })
}
