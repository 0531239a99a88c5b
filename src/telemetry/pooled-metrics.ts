import { Registry } from '@prometheus-io/client'

/** The metrics of one process, as they pass between processes. */
export type MetricValues = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** What only ever grows, and so must not shrink when a process is gone that had a part in it. */
const GROWING: ReadonlySet<string> = new Set(['counter', 'histogram'])

/** The metrics of several processes as those of one: each metric says how, most are summed. */
export function pooled(all: readonly MetricValues[]): Registry {
  return Registry.aggregate([...all])
}

/** The same of those alone that only ever grow. */
export function growing(all: readonly MetricValues[]): MetricValues {
  const metrics = pooled(all).getMetricsAsArray() as unknown as MetricValues
  return metrics.filter(({ type }) => GROWING.has(String(type)))
}
