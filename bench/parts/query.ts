import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { QueryStreamsRequestSchema, StreamOrder } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { filterable, predicateOf } from '../../src/domain/filter.ts'
import { frames } from '../../src/wire/frames.ts'
import type { Bench } from '../bench.ts'
import { compare, compareTogether } from '../compare.ts'
import type { Findings } from '../findings.ts'
import type { Traffic } from '../load.ts'
import { startOurs } from '../ours.ts'
import { lookups } from '../questions.ts'
import { groupId, groupStream, seededStore } from '../streams.ts'

const PATH = '/chatapi.v1.ChatApi/QueryStreams'
const PAGE_SIZE = 50
const DISTINCT_QUERIES = 100
/** Of the lookups beside queries. */
const CONNECTIONS = 16

/** Queries by a part of a name over a large directory, in pages of 50 with the total, and lookups of others meanwhile. */
export async function measureQuery(bench: Bench): Promise<Findings> {
  const size = bench.isQuick ? 20_000 : 1_000_000
  await using ours = await startOurs(await seededStore(size))
  const latest = { orderBy: StreamOrder.LAST_ACTIVE_DESC }
  // What each costs from one client, so that the time is that of a query and not of those before it.
  const kinds = {
    'by a number within the name': nameQueries(size, (index) => String(index)),
    'by a whole name': nameQueries(size, (index) => `group ${index}`),
    'by what no name has': nameQueries(size, (index) => `nobody ${index}`),
    'by what every name has': queries([{ filter: { nameContains: 'oup' } }]),
    'of all, the most recently active first': queries([latest]),
    'of a quarter of an hour, likewise': queries([{ ...latest, filter: { activeSince: secondsBefore(size, 900) } }]),
  }
  const alone = Object.entries(kinds).map(([title, traffic]) =>
    compare({ title: `QueryStreams ${title}`, traffic }, [ours], bench.rounds),
  )
  const byText = mixed(Object.values(kinds).slice(0, 4))
  const texts = compare({ title: 'QueryStreams by text, of all these kinds', traffic: byText }, [ours], bench.rounds)
  const ofLookups = lookups(size, CONNECTIONS, 1)
  const on = `on ${CONNECTIONS} connections`
  const undisturbed = compare({ title: `Lookups ${on}`, traffic: ofLookups }, [ours], bench.rounds)
  const together = [
    { title: `Lookups ${on} beside queries by text`, traffic: ofLookups },
    { title: `Queries by text beside lookups ${on}`, traffic: byText },
  ]
  const beside = compareTogether(together, [ours], bench.rounds)
  return {
    comparisons: [...alone, texts, undisturbed, ...beside],
    facts: {
      title: 'Queries',
      rows: [{ name: `looking through ${size} streams one by one, a query`, value: scanMs(size), unit: 'ms' }],
    },
    goals: [
      { name: 'query by text, p50', measured: texts.ours.p50Ms, bound: { most: 5 }, unit: 'ms' },
      { name: 'query by text, p99', measured: texts.ours.p99Ms, bound: { most: 25 }, unit: 'ms' },
      {
        name: 'lookups beside queries against lookups alone, p99',
        measured: beside[0]!.ours.p99Ms / undisturbed.ours.p99Ms,
        bound: { most: 2 },
        unit: '×',
      },
    ],
  }
}

function queries(requests: readonly MessageInitShape<typeof QueryStreamsRequestSchema>[]): Traffic {
  return {
    protocol: 'grpc',
    path: PATH,
    contentType: 'application/grpc+proto',
    requests: requests.map((request) => {
      const message = create(QueryStreamsRequestSchema, { ...request, pageSize: PAGE_SIZE })
      return Buffer.from(toBinary(QueryStreamsRequestSchema, message)).toString('base64')
    }),
    connections: 1,
    inFlight: 1,
  }
}

function nameQueries(size: number, part: (index: number) => string): Traffic {
  const indexes = Array.from({ length: DISTINCT_QUERIES }, (_, i) => (i * 7_919) % size)
  return queries(indexes.map((index) => ({ filter: { nameContains: part(index) } })))
}

/** The requests of all of them by turns, as often each. */
function mixed(kinds: readonly Traffic[]): Traffic {
  const requests = Array.from({ length: DISTINCT_QUERIES }, (_, i) =>
    kinds.map((kind) => kind.requests[i % kind.requests.length]!),
  )
  return { ...kinds[0]!, requests: requests.flat() }
}

/** So many seconds before the last activity. */
function secondsBefore(size: number, seconds: number) {
  return { seconds: BigInt(Math.floor(groupStream(size - 1).lastActiveTime) - seconds), nanos: 0 }
}

/** What it takes to decode each stream and look at it, which needs no index. */
function scanMs(size: number): number {
  const all = Array.from({ length: size }, (_, index) => frames.encode(groupStream(index)))
  const isMatch = predicateOf({ nameContains: groupId(0) })
  const begin = performance.now()
  const count = all.filter((frame) => isMatch(filterable(frames.decode(frame)))).length
  if (count > 0) throw new Error('a stream has the name that none was to have')
  return performance.now() - begin
}
