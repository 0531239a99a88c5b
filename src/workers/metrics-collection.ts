import { growing, type MetricValues, pooled } from '../telemetry/pooled-metrics.ts'
import type { WorkerProcess } from './worker-process.ts'

/** A worker that does not tell by then is counted as it told last. */
const PATIENCE_MS = 1_000

/** The metrics of a server, out of those of its processes. */
export class MetricsCollection {
  readonly #own: () => Promise<MetricValues>
  /** What each worker told last. */
  readonly #last = new Map<number, MetricValues>()
  /** What the workers that are gone had counted, as far as anybody was told. */
  #gone: MetricValues = []
  readonly #asked = new Map<number, (values: MetricValues) => void>()
  #lastId = 0

  /** @param own of the supervisor itself */
  constructor(own: () => Promise<MetricValues>) {
    this.#own = own
  }

  /** All of them, in the text format of Prometheus. */
  async text(workers: readonly WorkerProcess[]): Promise<string> {
    await Promise.all(workers.map((worker) => this.#ask(worker)))
    return pooled([this.#gone, await this.#own(), ...this.#last.values()]).metrics()
  }

  measured(worker: WorkerProcess, id: number, values: MetricValues): void {
    this.#last.set(worker.id, values)
    this.#asked.get(id)?.(values)
  }

  /** What a worker has counted stays counted. */
  leave(worker: WorkerProcess): void {
    const last = this.#last.get(worker.id)
    this.#last.delete(worker.id)
    if (last) this.#gone = growing([this.#gone, last])
  }

  async #ask(worker: WorkerProcess): Promise<void> {
    const id = ++this.#lastId
    const { promise, resolve } = Promise.withResolvers<unknown>()
    this.#asked.set(id, resolve)
    const timer = setTimeout(resolve, PATIENCE_MS, undefined)
    worker.say({ kind: 'measure', id })
    await Promise.race([promise, worker.ended])
    clearTimeout(timer)
    this.#asked.delete(id)
  }
}
