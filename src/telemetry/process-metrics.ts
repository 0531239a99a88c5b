import { readdirSync } from 'node:fs'
import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from '@prometheus-io/client'

const MICROSECONDS_PER_SECOND = 1e6

/**
 * The process, by the names under which dashboards know it. Everything is read when it is asked for: the default metrics of
 * the library observe each garbage collection, which takes a fortieth of the lookups that a server could answer.
 */
export function registerProcessMetrics(registry: Registry): void {
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) => {
    const metric: Gauge = new Gauge({ name, help, registers, collect: () => metric.set(read()) })
  }
  const cpu: Counter = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time used, by user and system.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      cpu.reset()
      cpu.inc((user + system) / MICROSECONDS_PER_SECOND)
    },
  })
  gauge('process_start_time_seconds', 'When the process started, since the Unix epoch.', () =>
    Math.round(performance.timeOrigin / 1_000),
  )
  gauge('process_resident_memory_bytes', 'Memory held.', () => process.memoryUsage.rss())
  gauge('nodejs_heap_size_used_bytes', 'What objects take of the heap.', () => process.memoryUsage().heapUsed)
  gauge('nodejs_external_memory_bytes', 'What buffers take beside it.', () => process.memoryUsage().external)
  gauge(
    'nodejs_eventloop_utilization',
    'Part of the time in which the event loop was at work, since it was asked last.',
    utilization(),
  )
  if (process.platform === 'linux')
    gauge('process_open_fds', 'Open files and sockets.', () => readdirSync('/proc/self/fd').length)
}

function utilization(): () => number {
  let last: EventLoopUtilization | undefined
  return () => {
    const now = performance.eventLoopUtilization()
    const since = last ? performance.eventLoopUtilization(now, last) : now
    last = now
    return since.utilization
  }
}
