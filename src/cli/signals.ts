import { ExitCode } from './exit.ts'

/** Under npm one Ctrl-C reaches the process twice: from the terminal, and passed on by npm. */
const ECHO_MS = 100

/**
 * Calls `stop` at the first SIGINT or SIGTERM; a second one ends the process at once. Disposing gives the signals back.
 */
export function onStopSignal(stop: (signal: NodeJS.Signals) => void): Disposable {
  let first: { signal: NodeJS.Signals; at: number } | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    if (!first) {
      first = { signal, at: performance.now() }
      stop(signal)
      return
    }
    const isEcho = signal === 'SIGINT' && first.signal === 'SIGINT' && performance.now() - first.at < ECHO_MS
    if (!isEcho) process.exit(ExitCode.failed)
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return {
    [Symbol.dispose]: () => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    },
  }
}
