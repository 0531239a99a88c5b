import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, DIRECTORY_SIZE } from '../bench.ts'
import type { Findings } from '../findings.ts'
import { hold } from '../load.ts'
import type { Subject } from '../machine.ts'
import { MB, settle } from '../memory.ts'
import { startOurs } from '../ours.ts'
import { LIST_PATH, LIST_REQUEST } from '../questions.ts'
import { seededStore } from '../streams.ts'

const LISTS_PER_CONNECTION = 100

export interface Flood {
  readonly connections: number
  readonly beforeMb: number
  readonly peakMb: number
  readonly afterMb: number
}

/** Memory while clients ask for complete lists and read none of them, and when they are gone. */
export async function measureFlood({ isQuick }: Bench): Promise<Findings> {
  await using ours = await startOurs(await seededStore(DIRECTORY_SIZE))
  const { connections, beforeMb, peakMb, afterMb } = await flood(ours, isQuick)
  const of = `${connections} connections with ${LISTS_PER_CONNECTION} unread lists each`
  return {
    facts: {
      title: `Memory under ${of}`,
      rows: [
        { name: 'before', value: beforeMb, unit: 'MB' },
        { name: 'at the peak', value: peakMb, unit: 'MB' },
        { name: 'after they are closed', value: afterMb, unit: 'MB' },
      ],
    },
    goals: [{ name: 'memory kept of a flood', measured: afterMb - beforeMb, bound: { most: 100 }, unit: 'MB' }],
  }
}

export async function flood(subject: Subject, isQuick: boolean): Promise<Flood> {
  const connections = isQuick ? 5 : 80
  const quietMs = isQuick ? 500 : 3_000
  await settle(subject, quietMs, 10 * quietMs)
  const before = subject.residentBytes()
  const unread = await hold(subject.address, {
    path: LIST_PATH,
    request: LIST_REQUEST,
    connections,
    calls: LISTS_PER_CONNECTION,
    reads: false,
  })
  const peak = await settle(subject, quietMs, 60_000)
  await unread.close()
  await sleep(isQuick ? 1_000 : 10_000)
  const after = subject.residentBytes()
  return { connections, beforeMb: before / MB, peakMb: peak / MB, afterMb: after / MB }
}
