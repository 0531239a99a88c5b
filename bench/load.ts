/**
 * A load generator for one gRPC method over `node:http2`, as a process of its own so that it can have a core of its own.
 * It reads one `LoadPlan` as JSON from its input and prints one `LoadResult` as JSON.
 */
import { once } from 'node:events'
import { connect, constants } from 'node:http2'
import { json } from 'node:stream/consumers'

export interface LoadPlan {
  readonly address: string
  /** As in `/chatapi.v1.ChatApi/GetStreamByGroupId`. */
  readonly path: string
  /** Requests to take turns with, protobuf in base64. */
  readonly requests: readonly string[]
  readonly calls: number
  readonly inFlight: number
}

export interface LoadResult {
  readonly calls: number
  readonly seconds: number
  /** Bytes of the last answer, without the gRPC frame. */
  readonly answerBytes: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const FRAME_HEAD_BYTES = 5

function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

async function run(plan: LoadPlan): Promise<LoadResult> {
  const session = connect(`http://${plan.address}`, { settings: { initialWindowSize: 2 ** 24 } })
  await once(session, 'connect')
  session.setLocalWindowSize(2 ** 26)
  const bodies = plan.requests.map((request) => frame(Buffer.from(request, 'base64')))
  const headers = {
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: plan.path,
    'content-type': 'application/grpc+proto',
    te: 'trailers',
  }
  const latencies = new Float64Array(plan.calls)
  let started = 0
  let finished = 0
  let answerBytes = 0
  const begin = performance.now()
  await new Promise<void>((resolve, reject) => {
    session.on('error', reject)
    const call = () => {
      const index = started++
      const start = performance.now()
      let bytes = 0
      const stream = session.request(headers)
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      const check = (received: Record<string, unknown>) => {
        const status = received['grpc-status']
        if (status !== undefined && status !== '0')
          reject(new Error(`grpc-status ${status}: ${received['grpc-message']}`))
      }
      stream.on('response', check)
      stream.on('trailers', check)
      stream.on('error', reject)
      stream.on('end', () => {
        latencies[index] = performance.now() - start
        answerBytes = bytes - FRAME_HEAD_BYTES
        if (started < plan.calls) call()
        if (++finished === plan.calls) resolve()
      })
      stream.end(bodies[index % bodies.length])
    }
    for (let i = 0; i < Math.min(plan.inFlight, plan.calls); i++) call()
  })
  const seconds = (performance.now() - begin) / 1_000
  session.destroy()
  latencies.sort()
  const quantile = (q: number) => latencies[Math.floor(q * (plan.calls - 1))]!
  return { calls: plan.calls, seconds, answerBytes, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
}

if (import.meta.main) console.log(JSON.stringify(await run((await json(process.stdin)) as LoadPlan)))
