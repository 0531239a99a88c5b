/** Calls back for the first error that nobody handles, and keeps the process from ending at it. */
export function onUnhandledError(tell: (error: unknown) => void): Disposable {
  let isTold = false
  const onError = (error: unknown) => {
    if (!isTold) tell(error)
    isTold = true
  }
  process.on('uncaughtException', onError)
  return { [Symbol.dispose]: () => void process.off('uncaughtException', onError) }
}
