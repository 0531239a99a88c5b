import { type Aggregator, Counter, Histogram, Registry } from '@prometheus-io/client'
import { ChatApiError, type Reason } from '../domain/errors.ts'
import { CallMetrics } from './call-metrics.ts'
import { gauge, labelledGauge } from './gauges.ts'
import type { MetricValues } from './pooled-metrics.ts'
import { registerProcessMetrics } from './process-metrics.ts'

/** Why the server does not look at what is asked. */
const REFUSALS: ReadonlySet<Reason> = new Set([
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'ORIGIN_REFUSED',
  'RATE_LIMITED',
  'OVERLOADED',
  'UNSUPPORTED_COMPRESSION',
])

const STORE_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** What the server tells Prometheus of itself. */
export class Metrics {
  readonly #registry = new Registry()
  readonly calls = new CallMetrics()
  readonly #refused: Counter<'reason'>
  readonly #store: Histogram<'operation'>

  constructor() {
    const registers = [this.#registry]
    this.calls.register(this.#registry)
    this.#refused = new Counter({
      name: 'chatapi_refused_total',
      help: 'What was refused before it was looked at, by reason: calls by their error reason, and connections.',
      labelNames: ['reason'],
      registers,
    })
    this.#store = new Histogram({
      name: 'chatapi_store_duration_seconds',
      help: 'How long the store took, by operation.',
      labelNames: ['operation'],
      buckets: STORE_BUCKETS,
      registers,
    })
    registerProcessMetrics(this.#registry)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  refused(reason: string): void {
    this.#refused.inc({ reason })
  }

  /** Told of the error of each call and request that fails. */
  failed(error: unknown): void {
    if (error instanceof ChatApiError && REFUSALS.has(error.reason)) this.refused(error.reason)
  }

  storeTook(operation: string, seconds: number): void {
    this.#store.observe({ operation }, seconds)
  }

  /** A value that is read when it is asked for. */
  gauge(name: string, help: string, read: () => number, aggregator?: Aggregator): void {
    gauge(this.#registry, name, help, read, aggregator)
  }

  /** Values by a label, likewise. */
  labelledGauge(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
    labelledGauge(this.#registry, name, help, label, read)
  }

  /** All of them, for another process to put together with its own. */
  values(): Promise<MetricValues> {
    return this.#registry.getMetricsAsJSON()
  }

  /** All of them, in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
