import { type Bench, DIRECTORY_SIZE } from '../bench.ts'
import { compare } from '../compare.ts'
import type { Findings } from '../findings.ts'
import { load } from '../load.ts'
import type { Subject } from '../machine.ts'
import { startOurs } from '../ours.ts'
import { lookups } from '../questions.ts'
import { seededStore } from '../streams.ts'

const WORKERS = 2
const MANY_CONNECTIONS = 16
const IN_FLIGHT = 64

/**
 * What two workers do against one process on as many cores, out of CPU time: here the load needs the other core.
 *
 * Workers share neither heap nor event loop, and no call passes through the supervisor. So each makes on a core of its own
 * what it makes here while the others are idle: a single connection leads to one worker, the next to the other. Where many
 * connections are spread over both, the one with more to do sets the pace:
 *
 *     calls in a CPU second, with two workers ÷ with one process ÷ part of the work that the busier worker has
 *
 * What cores take from each other, in caches and in memory, is not in it. Both at once on one core are shown as well: there
 * they pay for taking turns, which they do not where each has its own.
 */
export async function measureWorkers(bench: Bench): Promise<Findings> {
  await using one = await startOurs(await seededStore(DIRECTORY_SIZE), { name: 'one process' })
  await using two = await startOurs(await seededStore(DIRECTORY_SIZE), { name: 'two workers', workers: WORKERS })
  const single = lookups(DIRECTORY_SIZE, 1, IN_FLIGHT)
  for (let worker = 0; worker < WORKERS; worker++) load(two.address, [single], bench.rounds.warmUpSeconds)
  const inTurn = compare({ title: 'GetStreamByGroupId, one worker at work', traffic: single }, [two, one], bench.rounds)

  const many = lookups(DIRECTORY_SIZE, MANY_CONNECTIONS, IN_FLIGHT / MANY_CONNECTIONS)
  const before = two.childCpuSeconds()
  const title = `GetStreamByGroupId on ${MANY_CONNECTIONS} connections, both workers on one core`
  const together = compare({ title, traffic: many }, [two, one], bench.rounds)
  const busier = partOfBusiest(two, before)

  const [ofTwo, ofOne] = inTurn.measurements
  return {
    comparisons: [inTurn, together],
    facts: { title: 'Workers', rows: [{ name: 'work of the busier of two workers', value: busier * 100, unit: '%' }] },
    goals: [
      {
        name: 'two workers against one process, on two cores, by CPU time',
        measured: ofTwo!.callsPerCpuSecond / ofOne!.callsPerCpuSecond / busier,
        bound: { least: 1.8 },
        unit: '×',
      },
    ],
  }
}

/** What part of the CPU time since `before` the busiest worker had. */
function partOfBusiest(subject: Subject, before: readonly number[]): number {
  const used = subject.childCpuSeconds().map((seconds, index) => seconds - before[index]!)
  return Math.max(...used) / used.reduce((sum, seconds) => sum + seconds)
}
