import { type Bench, DIRECTORY_SIZE } from '../bench.ts'
import { compare } from '../compare.ts'
import { BARE, CONNECT_MONGO, ECHO, GRPC_GO, startContenders } from '../contenders.ts'
import type { Findings } from '../findings.ts'
import { LOOKUP_PATH, lookups } from '../questions.ts'

const IN_FLIGHT = 64

/** Lookups by group id on one connection. */
export async function measureLookup(bench: Bench): Promise<Findings> {
  const traffic = lookups(DIRECTORY_SIZE, 1, IN_FLIGHT)
  await using contenders = await startContenders(bench, LOOKUP_PATH, traffic.requests[0]!)
  const title = `GetStreamByGroupId among ${DIRECTORY_SIZE} streams`
  const lookup = compare({ title, traffic }, contenders.subjects, bench.rounds)
  return {
    comparisons: [lookup],
    peers: [lookup.peer(GRPC_GO)],
    goals: [
      lookup.goal(BARE, 0.75),
      lookup.goal(ECHO, 1.25),
      lookup.goal(CONNECT_MONGO, 12),
      {
        name: `GetStreamByGroupId, ${IN_FLIGHT} in flight, p99`,
        measured: lookup.ours.p99Ms,
        bound: { most: 6 },
        unit: 'ms',
      },
    ],
  }
}
