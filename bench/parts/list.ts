import { type Bench, DIRECTORY_SIZE } from '../bench.ts'
import { compare } from '../compare.ts'
import { BARE, GRPC_GO, startContenders } from '../contenders.ts'
import type { Findings } from '../findings.ts'
import { LIST_PATH, LIST_REQUEST, lists } from '../questions.ts'

const IN_FLIGHT = 8

/** Complete lists on one connection. */
export async function measureList(bench: Bench): Promise<Findings> {
  await using contenders = await startContenders(bench, LIST_PATH, LIST_REQUEST)
  const title = `GetAllStreams of ${DIRECTORY_SIZE} streams`
  const list = compare({ title, traffic: lists(1, IN_FLIGHT) }, contenders.subjects, bench.rounds)
  return { comparisons: [list], peers: [list.peer(GRPC_GO)], goals: [list.goal(BARE, 0.9)] }
}
