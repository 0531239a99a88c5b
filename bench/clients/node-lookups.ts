/**
 * Lookups per second of the Node client: `node bench/clients/node-lookups.ts --address HOST:PORT [--transport grpc]
 * [--streams 10000] [--in-flight 64] [--seconds 5]`. The server holds the streams of bench/streams.ts. Prints one line
 * of JSON.
 */
import { parseArgs } from 'node:util'
import { createClient } from '../../clients/typescript/src/node.ts'

const { values } = parseArgs({
  options: {
    address: { type: 'string' },
    transport: { type: 'string', default: 'grpc' },
    streams: { type: 'string', default: '10000' },
    'in-flight': { type: 'string', default: '64' },
    seconds: { type: 'string', default: '5' },
  },
})
const transport = values.transport as 'grpc' | 'connect' | 'grpc-web'
const [streams, inFlight, seconds] = [values.streams, values['in-flight'], values.seconds].map(Number) as [
  number,
  number,
  number,
]
/** As bench/streams.ts numbers groups. */
const FIRST_GROUP = 100_000_000
/** Until code is compiled and connections stand. */
const WARM_UP_SECONDS = 1

using client = createClient({ address: values.address, transport })
let next = 0

/** Keeps so many lookups going for a while, and returns how long each took, in milliseconds. */
async function lookUp(forSeconds: number): Promise<number[]> {
  const times: number[] = []
  const end = performance.now() + forSeconds * 1_000
  async function worker(): Promise<void> {
    for (let start = performance.now(); start < end; ) {
      const groupId = String(FIRST_GROUP + ((next++ * 7_919) % streams))
      const { stream } = await client.getStreamByGroupId({ groupId })
      if (stream?.groupInfo?.groupId !== groupId) throw new Error(`no group ${groupId}: is the directory seeded?`)
      const done = performance.now()
      times.push(done - start)
      start = done
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return times
}

await lookUp(WARM_UP_SECONDS)
const cpuBefore = process.cpuUsage()
const started = performance.now()
const times = (await lookUp(seconds)).sort((a, b) => a - b)
const elapsedSeconds = (performance.now() - started) / 1_000
const cpu = process.cpuUsage(cpuBefore)
const quantile = (q: number) => Math.round(times[Math.floor(times.length * q)]! * 1_000) / 1_000

process.stdout.write(
  `${JSON.stringify({
    name: `Node client, ${transport}`,
    calls: times.length,
    callsPerSecond: Math.round(times.length / elapsedSeconds),
    cpuSecondsPer1000Calls: Number(((cpu.user + cpu.system) / 1e3 / times.length).toFixed(4)),
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    inFlight,
    streams,
  })}\n`,
)
