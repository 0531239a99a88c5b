import { type Aggregator, Gauge, type Registry } from '@prometheus-io/client'

/**
 * A value that is read when it is asked for.
 *
 * @param aggregator how those of several processes make one
 */
export function gauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => number,
  aggregator: Aggregator = 'sum',
): void {
  const metric: Gauge = new Gauge({ name, help, aggregator, registers: [registry], collect: () => metric.set(read()) })
}

/** Values by a label, likewise. */
export function labelledGauge(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  read: () => Readonly<Record<string, number>>,
): void {
  const metric: Gauge<string> = new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      for (const [key, value] of Object.entries(read())) metric.set({ [label]: key }, value)
    },
  })
}
