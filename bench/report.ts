import type { ClientMeasurement } from './clients.ts'
import type { Comparison, Measurement } from './compare.ts'
import type { Scaling } from './scale.ts'

/** What was set out for, and what was measured. */
export interface Goal {
  readonly name: string
  readonly measured: number
  readonly bound: { readonly least: number } | { readonly most: number }
  readonly unit: string
}

export interface Report {
  readonly node: string
  readonly cpu: string
  readonly rounds: number
  readonly comparisons: readonly Comparison[]
  readonly scaling: Scaling
  readonly clients: readonly ClientMeasurement[]
  readonly goals: readonly Goal[]
}

export function printReport({ node, cpu, rounds, comparisons, clients, goals }: Report): void {
  console.log(`Node ${node} on ${cpu}; one core for servers, one for the load; medians of ${rounds} rounds`)
  for (const { title, measurements } of comparisons) {
    const [ours] = measurements
    console.log(`\n${title}, answers of ${grouped(ours?.answerBytes ?? 0)} bytes`)
    table(
      ['', 'calls/s', 'ours is', 'CPU s/1,000', 'p50 ms', 'p99 ms'],
      measurements.map((measurement) => row(measurement, ours ?? measurement)),
    )
  }
  if (clients.length > 0) {
    console.log('\nClients')
    table(
      ['', 'measured', ''],
      clients.map(({ name, value, unit }) => [name, grouped(value), unit]),
    )
  }
  console.log('\nGoals')
  table(
    ['', 'measured', 'goal', ''],
    goals.map((goal) => [goal.name, quantity(goal.measured, goal.unit), bound(goal), isMet(goal) ? 'met' : 'MISSED']),
  )
}

function row(measurement: Measurement, ours: Measurement): string[] {
  return [
    measurement.name,
    grouped(measurement.callsPerSecond),
    measurement === ours ? '' : `${(ours.callsPerSecond / measurement.callsPerSecond).toFixed(2)} ×`,
    measurement.cpuPerThousand.toFixed(3),
    measurement.p50Ms.toFixed(2),
    measurement.p99Ms.toFixed(2),
  ]
}

function isMet({ measured, bound }: Goal): boolean {
  return 'least' in bound ? measured >= bound.least : measured <= bound.most
}

function bound({ bound, unit }: Goal): string {
  return 'least' in bound ? `≥ ${bound.least} ${unit}` : `≤ ${bound.most} ${unit}`
}

function quantity(value: number, unit: string): string {
  return `${value < 100 ? value.toFixed(2) : grouped(value)} ${unit}`
}

function grouped(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 })
}

/** The first column to the left, numbers to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((cells) => cells[column]!.length)))
  for (const cells of [head, ...rows]) {
    const line = cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
    console.log(`  ${line.join('  ')}`.trimEnd())
  }
}
