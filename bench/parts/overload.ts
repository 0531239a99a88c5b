import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, DIRECTORY_SIZE } from '../bench.ts'
import type { Findings } from '../findings.ts'
import { load, type TrafficResult } from '../load.ts'
import { median, type Subject } from '../machine.ts'
import { startOurs } from '../ours.ts'
import { lookups } from '../questions.ts'
import { seededStore } from '../streams.ts'

const CONNECTIONS = 16
/** On each connection: together more than it takes to keep a core busy. */
const SATURATING = 8
/** Of the peak. */
const LIGHT = 0.1
const OVERLOAD = 3
const OVERLOAD_SECONDS = 10
/** After the overload. */
const RECOVERY_MS = 2_000

interface Round {
  readonly peak: number
  readonly before: TrafficResult
  readonly goodput: number
  readonly during: TrafficResult
  readonly after: TrafficResult
}

/** Lookups at three times the rate that the server can answer, and what is left of it for those that it takes. */
export async function measureOverload({ isQuick }: Bench): Promise<Findings> {
  await using ours = await startOurs(await seededStore(DIRECTORY_SIZE))
  const seconds = isQuick ? 0.3 : 4
  const duringSeconds = isQuick ? 0.3 : OVERLOAD_SECONDS
  askAtOnce(ours, seconds)
  const rounds: Round[] = []
  for (let round = 0; round < (isQuick ? 1 : 5); round++) rounds.push(await overload(ours, seconds, duringSeconds))
  const of = (read: (round: Round) => number) => median(rounds.map(read))
  const before = of((round) => round.before.p99Ms)
  return {
    facts: {
      title: `Lookups on ${CONNECTIONS} connections at ${OVERLOAD} times the rate that is answered`,
      rows: [
        { name: 'answered at most', value: of(({ peak }) => peak), unit: 'calls/s' },
        { name: `p99 at ${LIGHT} of that`, value: before, unit: 'ms' },
        { name: 'answered under overload', value: of(({ goodput }) => goodput), unit: 'calls/s' },
        { name: 'p99 of those', value: of(({ during }) => during.p99Ms), unit: 'ms' },
        { name: 'refused', value: of(({ during }) => during.refused / duringSeconds), unit: 'calls/s' },
        {
          name: 'withheld by the clients',
          value: of(({ during }) => during.withheld / duringSeconds),
          unit: 'calls/s',
        },
        { name: `p99 at ${LIGHT} again, ${RECOVERY_MS} ms later`, value: of(({ after }) => after.p99Ms), unit: 'ms' },
      ],
    },
    goals: [
      {
        name: 'calls answered under overload against the most that are answered',
        measured: of(({ goodput, peak }) => goodput / peak),
        bound: { least: 0.8 },
        unit: '×',
      },
      {
        name: 'p99 of calls answered under overload against that under little load',
        measured: of(({ during, before }) => during.p99Ms / before.p99Ms),
        bound: { most: 10 },
        unit: '×',
      },
      {
        name: 'p99 under little load after the overload against before',
        measured: of(({ before, after }) => after.p99Ms / before.p99Ms),
        bound: { most: 2 },
        unit: '×',
      },
    ],
  }
}

async function overload(ours: Subject, seconds: number, duringSeconds: number): Promise<Round> {
  const peak = askAtOnce(ours, seconds).calls / seconds
  const before = askAtRate(ours, seconds, peak * LIGHT)
  const during = askAtRate(ours, duringSeconds, peak * OVERLOAD)
  await sleep(RECOVERY_MS)
  const after = askAtRate(ours, seconds, peak * LIGHT)
  return { peak, before, goodput: during.calls / duringSeconds, during, after }
}

function askAtOnce({ address }: Subject, seconds: number): TrafficResult {
  return load(address, [lookups(DIRECTORY_SIZE, CONNECTIONS, SATURATING)], seconds).traffic[0]!
}

function askAtRate({ address }: Subject, seconds: number, perSecond: number): TrafficResult {
  return load(address, [{ ...lookups(DIRECTORY_SIZE, CONNECTIONS, 0), perSecond }], seconds).traffic[0]!
}
