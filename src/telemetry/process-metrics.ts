import { readdirSync } from 'node:fs'
import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import { Counter, type Registry } from '@prometheus-io/client'
import { gauge } from './gauges.ts'

const MICROSECONDS_PER_SECOND = 1e6

/**
 * The process, by the names under which dashboards know it. Everything is read when it is asked for: the default metrics of
 * the library observe each garbage collection, which takes a fortieth of the lookups that a server could answer.
 */
export function registerProcessMetrics(registry: Registry): void {
  const cpu: Counter = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time used, by user and system.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage()
      cpu.reset()
      cpu.inc((user + system) / MICROSECONDS_PER_SECOND)
    },
  })
  gauge(
    registry,
    'process_start_time_seconds',
    'When the process started, since the Unix epoch.',
    () => Math.round(performance.timeOrigin / 1_000),
    'min',
  )
  gauge(registry, 'process_resident_memory_bytes', 'Memory held.', () => process.memoryUsage.rss())
  gauge(registry, 'nodejs_heap_size_used_bytes', 'What objects take of the heap.', () => process.memoryUsage().heapUsed)
  gauge(registry, 'nodejs_external_memory_bytes', 'What buffers take beside it.', () => process.memoryUsage().external)
  gauge(
    registry,
    'nodejs_eventloop_utilization',
    'Part of the time in which the event loop was at work, since it was asked last.',
    utilization(),
    'max',
  )
  if (process.platform === 'linux')
    gauge(registry, 'process_open_fds', 'Open files and sockets.', () => readdirSync('/proc/self/fd').length)
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
