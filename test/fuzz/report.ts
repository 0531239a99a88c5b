import type { CampaignResult, Failure, Round } from './campaign.ts'

const MIB = 1024 * 1024
/** Of the log of a process that died, the end tells. */
const SHOWN_LINES = 25

/** For people: what was tried, how others fared, what is wrong. */
export function printReport({ seed, seconds, tally, rounds, failures }: CampaignResult): void {
  console.log(
    `seed ${seed}, ${seconds.toFixed(1)} s, ${rounds.length === 1 ? 'one server' : `${rounds.length} servers`}\n`,
  )
  const counts = tally.kinds.map((kind) => [
    kind.kind,
    ...[kind.connections, kind.requests, kind.answered, kind.refused, kind.reset, kind.silent].map(grouped),
  ])
  table(['attack', 'connections', 'requests', 'answered', 'refused', 'broken off', 'not answered'], counts)
  console.log(`\nrefused with ${listed(tally.refusals)}`)

  console.log('\nlookups of others meanwhile')
  const waits = rounds.flatMap(({ probe }, index) =>
    probe.map(({ door, lookups, p50Ms, p99Ms, worstMs }) => [
      `${door} port${rounds.length > 1 ? `, server ${index + 1}` : ''}`,
      grouped(lookups),
      ...[p50Ms, p99Ms, worstMs].map((ms) => ms.toFixed(1)),
    ]),
  )
  table(['', 'lookups', 'p50 ms', 'p99 ms', 'worst ms'], waits)

  console.log('\nthe server')
  table(['', 'before', 'highest', 'after'], rounds.flatMap(resources))

  for (const failure of failures) printFailure(failure)
  console.log(failures.length === 0 ? '\nno failures' : `\n${failures.length} failures with seed ${seed}`)
}

/** For programs. */
export function jsonReport({ seed, seconds, tally, rounds, failures }: CampaignResult): string {
  return JSON.stringify({ seed, seconds, kinds: tally.kinds, refusals: tally.refusals, rounds, failures }, null, 2)
}

function resources({ memory, files }: Round, index: number): string[][] {
  const mib = (bytes: number) => `${Math.round(bytes / MIB)}`
  return [
    [`memory MiB, server ${index + 1}`, mib(memory.beforeBytes), mib(memory.peakBytes), mib(memory.afterBytes)],
    [`open files, server ${index + 1}`, String(files.before), '', String(files.after)],
  ]
}

function printFailure({ kind, what, file, isReproduced }: Failure): void {
  console.log(`\n${kind.toUpperCase()}: ${what.split('\n').slice(-SHOWN_LINES).join('\n  ')}`)
  if (file === undefined) return
  console.log(isReproduced ? '  it happens again with' : '  it did not happen again at once; suspects are in')
  console.log(`    npm run fuzz -- --replay ${file}`)
}

function listed(counts: Readonly<Record<string, number>>): string {
  const all = Object.entries(counts).map(([name, count]) => `${name} ${grouped(count)}`)
  return all.length === 0 ? 'nothing' : all.join(', ')
}

function grouped(value: number): string {
  return value.toLocaleString('en-US')
}

/** The first column to the left, numbers to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((cells) => cells[column]!.length)))
  for (const cells of [head, ...rows]) {
    const line = cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
    console.log(`  ${line.join('  ')}`.trimEnd())
  }
}
