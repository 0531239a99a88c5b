import { type Bench, DIRECTORY_SIZE } from '../bench.ts'
import { compare, compareTogether } from '../compare.ts'
import { startGrpcGo } from '../contenders.ts'
import type { Findings } from '../findings.ts'
import { startOurs } from '../ours.ts'
import { lists, lookups } from '../questions.ts'
import { seededStore } from '../streams.ts'

/** Of each kind, with one call in flight on each. */
const CONNECTIONS = 16

/** Lookups while others ask for complete lists: neither may starve the other. */
export async function measureMixed(bench: Bench): Promise<Findings> {
  await using ours = await startOurs(await seededStore(DIRECTORY_SIZE))
  await using go = await startGrpcGo(bench, ours)
  const subjects = [ours, go]
  const ofLookups = lookups(DIRECTORY_SIZE, CONNECTIONS, 1)
  const ofLists = lists(CONNECTIONS, 1)
  const on = `on ${CONNECTIONS} connections`
  const lookupsAlone = compare({ title: `Lookups ${on}`, traffic: ofLookups }, subjects, bench.rounds)
  const listsAlone = compare({ title: `Lists ${on}`, traffic: ofLists }, subjects, bench.rounds)
  const together = [
    { title: `Lookups ${on} beside lists on as many`, traffic: ofLookups },
    { title: `Lists ${on} beside lookups on as many`, traffic: ofLists },
  ]
  const [lookupsBeside, listsBeside] = compareTogether(together, subjects, bench.rounds) as [
    typeof lookupsAlone,
    typeof listsAlone,
  ]
  return {
    comparisons: [lookupsAlone, listsAlone, lookupsBeside, listsBeside],
    goals: [
      {
        name: 'lookups beside lists against lookups alone, p99',
        measured: lookupsBeside.ours.p99Ms / lookupsAlone.ours.p99Ms,
        bound: { most: 3 },
        unit: '×',
      },
      {
        name: 'lists beside lookups against lists alone, per second',
        measured: listsBeside.ours.callsPerSecond / listsAlone.ours.callsPerSecond,
        bound: { least: 0.33 },
        unit: '×',
      },
    ],
  }
}
