import { patienceMs } from '../../domain/patience.ts'
import { type ReadOptions, StoreUnavailableError } from '../store.ts'

/**
 * Ends what takes longer than its caller waits. The driver has no such limit: its `timeoutMS` does nothing, and on a server
 * that hangs its operations wait until the monitoring of the server notices, for half a minute and more.
 */
export class TimeLimit implements Disposable {
  readonly #controller: AbortController | undefined
  readonly #timer: NodeJS.Timeout | undefined

  constructor(options: ReadOptions) {
    const limitMs = patienceMs(options)
    if (limitMs === Number.POSITIVE_INFINITY) return
    const controller = new AbortController()
    const expire = () => {
      controller.abort(new StoreUnavailableError(`MongoDB did not answer within ${Math.round(limitMs)} ms`))
    }
    this.#controller = controller
    this.#timer = setTimeout(expire, limitMs)
  }

  /** Aborts with a `StoreUnavailableError`; undefined where there is no limit. */
  get signal(): AbortSignal | undefined {
    return this.#controller?.signal
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }
}
