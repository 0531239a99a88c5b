import { type Bench, DIRECTORY_SIZE } from '../bench.ts'
import type { Fact, Findings } from '../findings.ts'
import { hold } from '../load.ts'
import { type Subject, startNode } from '../machine.ts'
import { COLLECTING, residentAfterCollection } from '../memory.ts'
import { startOurs } from '../ours.ts'
import { seededStore } from '../streams.ts'

const CONNECTIONS = 10
const WATCH_PATH = '/grpc.health.v1.Health/Watch'
/** For the health of the server as a whole. */
const WATCH_REQUEST = ''
const KIB = 1_024

/** What a server stream costs on which nothing happens. */
export async function measureIdle(bench: Bench): Promise<Findings> {
  await using ours = await startOurs(await seededStore(DIRECTORY_SIZE), { environment: COLLECTING })
  await using bare = await startNode('bare node:http2', ['bench/baselines/idle-http2.ts'], COLLECTING)
  const rows: Fact[] = []
  const kibOf = async (subject: Subject) => {
    const { opened, maxStreams, bytesPerStream } = await measure(bench, subject)
    const allowed = maxStreams && maxStreams < 2 ** 31 ? `${maxStreams} allowed on a connection` : 'any number allowed'
    const name = `${subject.name}, ${opened} streams on ${CONNECTIONS} connections (${allowed})`
    rows.push({ name, value: bytesPerStream / KIB, unit: 'KiB a stream' })
    return bytesPerStream / KIB
  }
  const measured = await kibOf(ours)
  await kibOf(bare)
  return {
    facts: { title: 'Idle server streams', rows },
    goals: [{ name: 'memory of an idle server stream', measured, bound: { most: 20 }, unit: 'KiB' }],
  }
}

async function measure({ isQuick }: Bench, subject: Subject) {
  const quietMs = isQuick ? 500 : 3_000
  const before = await residentAfterCollection(subject, quietMs)
  const watches = await hold(subject.address, {
    path: WATCH_PATH,
    request: WATCH_REQUEST,
    connections: CONNECTIONS,
    calls: isQuick ? 100 : 1_000,
    reads: true,
  })
  const after = await residentAfterCollection(subject, quietMs)
  await watches.close()
  return { ...watches, bytesPerStream: (after - before) / watches.opened }
}
