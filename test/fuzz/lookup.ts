import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2'
import { buffer, json } from 'node:stream/consumers'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  GetStreamByGroupIdRequestSchema,
  GetStreamByGroupIdResponseSchema,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Door } from './attack.ts'
import { enveloped } from './calls.ts'

/** The chat that is looked up; attacks know nothing of it. */
export const PROBED = { platform: 'probe', groupId: 'probe-1' }

const PATH = '/chatapi.v1.ChatApi/GetStreamByGroupId'
const DEFAULT_TIMEOUT_MS = 5_000

/** A caller with one connection, who asks for one chat again and again. */
export interface Caller {
  /** Throws where the answer is wrong, or takes too long. */
  lookUp(timeoutMs?: number): Promise<void>
  close(): void
}

export function callerOf(door: Door, port: number): Caller {
  return door === 'grpc' ? grpcCaller(port) : httpCaller(port)
}

function grpcCaller(port: number): Caller {
  const session = connect(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  const schema = GetStreamByGroupIdRequestSchema
  const question = enveloped(toBinary(schema, create(schema, PROBED)))
  return {
    lookUp: (timeoutMs) =>
      inTime('grpc', timeoutMs, async (signal) => {
        const { status, message } = await unary(session, question, signal)
        if (status !== '0') throw new Error(`grpc-status ${status}`)
        return fromBinary(GetStreamByGroupIdResponseSchema, message.subarray(5)).stream?.groupInfo?.groupId
      }),
    close: () => session.destroy(),
  }
}

async function unary(session: ClientHttp2Session, question: Buffer, signal: AbortSignal) {
  const headers = { ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc', te: 'trailers' }
  const stream = session.request(headers, { signal })
  let status: unknown
  const look = (head: IncomingHttpHeaders) => {
    status = head['grpc-status'] ?? status
  }
  stream.on('response', look).on('trailers', look)
  stream.end(question)
  return { message: await buffer(stream), status }
}

function httpCaller(port: number): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    lookUp: (timeoutMs) =>
      inTime('http', timeoutMs, async (signal) => {
        const { status, body } = await post(port, PATH, PROBED, { agent, signal })
        if (status !== 200) throw new Error(`HTTP ${status}`)
        return (body as { stream?: { groupInfo?: { groupId?: string } } }).stream?.groupInfo?.groupId
      }),
    close: () => agent.destroy(),
  }
}

async function inTime(
  door: Door,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  ask: (signal: AbortSignal) => Promise<string | undefined>,
): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const groupId = await ask(signal)
    if (groupId !== PROBED.groupId) throw new Error(`the answer is of the group ${groupId}`)
  } catch (error) {
    const why = signal.aborted ? `no answer within ${timeoutMs} ms` : (error as Error).message
    throw new Error(`a lookup on the ${door} port failed: ${why}`, { cause: error })
  }
}

export interface Posted {
  readonly status: number
  readonly body: unknown
}

/** A call in JSON, on a connection of its own unless an agent is given. */
export async function post(
  port: number,
  path: string,
  question: unknown,
  options: { agent?: Agent; signal?: AbortSignal } = {},
): Promise<Posted> {
  const text = JSON.stringify(question)
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  const asked = request({ agent: false, ...options, host: '127.0.0.1', port, path, method: 'POST', headers })
  asked.end(text)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: answer.statusCode ?? 0, body: await json(answer) }
}
