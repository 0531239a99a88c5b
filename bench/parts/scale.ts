import { openMongoStore } from '../../src/store/mongo/mongo-store.ts'
import type { Bench } from '../bench.ts'
import type { Findings } from '../findings.ts'
import { load } from '../load.ts'
import { median, type Subject } from '../machine.ts'
import { startReplicaSet } from '../mongod.ts'
import { startOurs } from '../ours.ts'
import { lookups } from '../questions.ts'
import { seededStore } from '../streams.ts'

/** Few calls at a time: here the time of one counts, not how many pass. */
const IN_FLIGHT = 4
const SMALL = 1_000
const GB = 1e9

/** Compares a large directory with a small one: time of a lookup, memory, and time until the first answer. */
export async function measureScale(bench: Bench): Promise<Findings> {
  const large = bench.isQuick ? 20_000 : 1_000_000
  await using ofSmall = await startOurs(await seededStore(SMALL))
  const storePath = await seededStore(large)
  const begin = performance.now()
  await using ofLarge = await startOurs(storePath)
  const coldStartSeconds = (performance.now() - begin) / 1_000

  const p50Ms = (subject: Subject, size: number) =>
    load(subject.address, [lookups(size, 1, IN_FLIGHT)], bench.rounds.seconds).traffic[0]!.p50Ms
  for (const [subject, size] of [[ofSmall, SMALL] as const, [ofLarge, large] as const]) p50Ms(subject, size)
  const samples = Array.from({ length: bench.rounds.count }, () => ({
    small: p50Ms(ofSmall, SMALL),
    large: p50Ms(ofLarge, large),
  }))
  const small50 = median(samples.map(({ small }) => small))
  const large50 = median(samples.map(({ large }) => large))
  const bytesPerStream = (ofLarge.residentBytes() - ofSmall.residentBytes()) / (large - SMALL)
  const of = `${large} streams`
  const mongo = await coldStartFromMongo(bench, large)
  return {
    facts: {
      title: 'Scale',
      rows: [
        { name: `lookup among ${SMALL} streams, p50`, value: small50, unit: 'ms' },
        { name: `lookup among ${of}, p50`, value: large50, unit: 'ms' },
      ],
    },
    goals: [
      {
        name: `lookup among ${of} against ${SMALL}, p50`,
        measured: large50 / small50,
        bound: { most: 1.2 },
        unit: '×',
      },
      { name: `memory of ${of}, each`, measured: bytesPerStream, bound: { most: 600 }, unit: 'B' },
      { name: `cold start of ${of} from SQLite`, measured: coldStartSeconds, bound: { most: 10 }, unit: 's' },
      { name: `cold start of ${of} from MongoDB`, measured: mongo.seconds, bound: { most: 15 }, unit: 's' },
      { name: `memory of ${of} from MongoDB`, measured: mongo.gigabytes, bound: { most: 0.75 }, unit: 'GB' },
    ],
  }
}

/** The time until the first answer, and all memory then. The indexes that a server makes are there, as after its first start. */
async function coldStartFromMongo(bench: Bench, size: number) {
  await using mongod = await startReplicaSet(bench.folder, size)
  const store = await openMongoStore(mongod.url)
  await store.close()
  const begin = performance.now()
  await using subject = await startOurs(mongod.url)
  const seconds = (performance.now() - begin) / 1_000
  return { seconds, gigabytes: subject.residentBytes() / GB }
}
