import { type Bench, DIRECTORY_SIZE } from '../bench.ts'
import { compare } from '../compare.ts'
import type { Findings } from '../findings.ts'
import { startOurs } from '../ours.ts'
import { lookups } from '../questions.ts'
import { seededStore } from '../streams.ts'

const IN_FLIGHT = 64

/** Nobody takes the spans, so that it is they that are measured, and not what takes them. */
const EVERY_CALL = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }
const SOME_CALLS = { ...EVERY_CALL, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.01' }

/** What tracing costs a lookup: nothing where it is off, for then there is none. */
export async function measureTracing(bench: Bench): Promise<Findings> {
  const store = await seededStore(DIRECTORY_SIZE)
  await using untraced = await startOurs(store)
  await using again = await startOurs(store, { name: 'the same again' })
  await using some = await startOurs(store, { name: 'traced, 1 call in 100', environment: SOME_CALLS })
  await using every = await startOurs(store, { name: 'traced, every call', environment: EVERY_CALL })
  const question = { title: 'Lookups, untraced', traffic: lookups(DIRECTORY_SIZE, 1, IN_FLIGHT) }
  return { comparisons: [compare(question, [untraced, again, some, every], bench.rounds)], goals: [] }
}
