import type { Comparison, Measurement } from './compare.ts'
import type { Fact, Findings, Goal, Peer } from './findings.ts'
import { printTable } from './table.ts'

export function printFindings({ comparisons = [], facts }: Findings): void {
  for (const comparison of comparisons) printComparison(comparison)
  if (facts) printFacts(facts.title, facts.rows)
}

function printComparison({ title, ours, measurements }: Comparison): void {
  console.log(`\n${title}, answers of ${grouped(ours.answerBytes)} bytes`)
  printTable(
    ['', 'calls/s', 'ours is', 'calls/CPU s', 'ours is', 'p50 ms', 'p99 ms', 'server busy', 'load busy'],
    measurements.map((measurement) => [
      measurement.name,
      grouped(measurement.callsPerSecond),
      times(measurement, ours, 'callsPerSecond'),
      grouped(measurement.callsPerCpuSecond),
      times(measurement, ours, 'callsPerCpuSecond'),
      measurement.p50Ms.toFixed(2),
      measurement.p99Ms.toFixed(2),
      percent(measurement.serverBusy),
      percent(measurement.loadBusy),
    ]),
  )
}

function times(measurement: Measurement, ours: Measurement, key: 'callsPerSecond' | 'callsPerCpuSecond'): string {
  return measurement === ours ? '' : `${(ours[key] / measurement[key]).toFixed(2)} ×`
}

function printFacts(title: string, rows: readonly Fact[]): void {
  console.log(`\n${title}`)
  printTable(
    ['', 'measured', ''],
    rows.map(({ name, value, unit }) => [name, grouped(value), unit]),
  )
}

export function printPeers(peers: readonly Peer[]): void {
  if (peers.length === 0) return
  console.log('\nPeers')
  printTable(
    ['', 'ours is'],
    peers.map(({ name, ratio }) => [name, `${ratio.toFixed(2)} ×`]),
  )
}

export function printGoals(goals: readonly Goal[]): void {
  if (goals.length === 0) return
  console.log('\nGoals')
  printTable(
    ['', 'measured', 'goal', ''],
    goals.map((goal) => [goal.name, quantity(goal.measured, goal.unit), bound(goal), isMet(goal) ? 'met' : 'MISSED']),
  )
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

function percent(part: number): string {
  return `${Math.round(part * 100)} %`
}

export function grouped(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 })
}
