import { isScriptOfNpm } from '../config/npm.ts'
import { ExitCode } from './exit.ts'

/** Under npm one Ctrl-C reaches the process twice: from the terminal, and passed on by npm. */
const ECHO_MS = 100

/** How soon the end of npm is noticed. */
const PARENT_CHECK_MS = 200

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
  const watch = isScriptOfNpm() ? onParentGone(() => first ?? onSignal('SIGTERM')) : undefined
  return {
    [Symbol.dispose]: () => {
      watch?.[Symbol.dispose]()
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    },
  }
}

/**
 * Calls back once the process that started this one has ended. npm sends its signals to the shell that runs the script, and
 * most shells end at SIGTERM without a word to what they run.
 */
function onParentGone(tell: () => void): Disposable {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    tell()
  }, PARENT_CHECK_MS).unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
