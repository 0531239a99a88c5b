import { Code } from '@connectrpc/connect'
import { codeFromString } from '@connectrpc/connect/protocol-connect'
import type { Answer, Answers } from './answer.ts'
import type { Script } from './attack.ts'
import type { Exchange } from './connection.ts'
import { readHttp1 } from './http1-answers.ts'
import { readHttp2 } from './http2-answers.ts'

/** How the requests of one connection were answered. */
export interface Outcomes {
  answered: number
  refused: number
  reset: number
  silent: number
}

export interface Verdict {
  readonly outcomes: Outcomes
  /** Codes of the refusals, as `invalid_argument`, or `HTTP 404` where there is none. */
  readonly refusals: readonly string[]
  /** What is wrong with the answers; undefined where all is well. */
  readonly fault: string | undefined
}

/** What a server says of itself when it has a fault. */
const FAULTS: readonly Code[] = [Code.Unknown, Code.Internal, Code.DataLoss]
/** For this one fault of a client, gRPC's document on compression demands INTERNAL. */
const DEMANDED_INTERNAL = /a message is compressed.{1,3} and the request names no compression/
const WEB_TEXT = 'application/grpc-web-text'
const STACK = /\n\s+at .*:\d+:\d+|node:internal\/|\.ts:\d+:\d+/

/** Judges what came back, whatever was sent. */
export async function judge(script: Script, exchange: Exchange): Promise<Verdict> {
  const { answers, resets, fault } = await read(script, exchange)
  const outcomes = { answered: 0, refused: 0, reset: resets, silent: 0 }
  const refusals: string[] = []
  let wrong = fault
  for (const answer of answers) {
    // A stream of answers that goes on has no status yet.
    if (!answer.isWhole) continue
    const { refusal, fault } = judgeAnswer(answer)
    wrong ??= fault
    if (refusal === undefined) outcomes.answered += 1
    else outcomes.refused += 1
    if (refusal !== undefined) refusals.push(refusal)
  }
  if (answers.length === 0 && resets === 0 && exchange.isEndedByServer) outcomes.reset = 1
  outcomes.silent = Math.max(0, script.requests - outcomes.answered - outcomes.refused - outcomes.reset)
  return { outcomes, refusals, fault: wrong }
}

async function read(script: Script, exchange: Exchange): Promise<Answers> {
  const { received } = exchange
  // A client that leaves first, as one does in the end whose stream of answers goes on, may leave amid an answer.
  const isCut = exchange.isCut || !exchange.isEndedByServer
  if (received.toString('latin1', 0, 5) !== 'HTTP/') return readHttp2(received, isCut)
  const mayLackBodies = script.steps.some((step) => 'send' in step && Buffer.concat(step.send).includes('HEAD'))
  return readHttp1(received, mayLackBodies, isCut)
}

interface AnswerVerdict {
  readonly refusal?: string
  readonly fault?: string
}

function judgeAnswer(answer: Answer): AnswerVerdict {
  const { status, headers, trailers } = answer
  const type = headers['content-type'] ?? ''
  const body = type.startsWith(WEB_TEXT) ? fromBase64Pieces(answer.body.toString()) : answer.body
  const text = [...Object.values(headers), ...Object.values(trailers), body.toString('latin1')].join('\n')
  if (STACK.test(text)) return { fault: `an answer with a stack trace: ${text.slice(0, 500)}` }
  if (status >= 500 && status !== 501 && status !== 503 && status !== 504 && status !== 505) {
    return { refusal: `HTTP ${status}`, fault: `an answer of HTTP ${status}: ${text.slice(0, 500)}` }
  }
  try {
    const code = codeOf(status, type, { ...answer, body })
    if (code === undefined) return status < 400 ? {} : { refusal: `HTTP ${status}` }
    const name = Code[code]
    if (name === undefined) return { fault: `an answer with the code ${code}, which does not exist` }
    return FAULTS.includes(code) && !DEMANDED_INTERNAL.test(text)
      ? { refusal: name, fault: `an answer with the code ${name}: ${text.slice(0, 500)}` }
      : { refusal: name }
  } catch (error) {
    return { fault: `${(error as Error).message}: HTTP ${status}, ${type}: ${text.slice(0, 500)}` }
  }
}

/** The code of an RPC that failed; undefined where it did not, or the answer is of no RPC. Throws where one has to be. */
function codeOf(status: number, type: string, { headers, trailers, body }: Answer): Code | undefined {
  if (type.startsWith('application/grpc-web')) return grpcWebCode(headers, body)
  if (type.startsWith('application/grpc')) {
    return status === 200 ? grpcCode(trailers['grpc-status'] ?? headers['grpc-status']) : undefined
  }
  if (type.startsWith('application/connect+')) return status === 200 ? endStreamCode(body) : undefined
  if (type.startsWith('application/json') && status >= 400 && body.length > 0) return connectCode(body.toString())
  return undefined
}

function grpcCode(status: string | undefined): Code | undefined {
  if (status === undefined || !/^\d+$/.test(status)) throw new Error('an answer of gRPC without a grpc-status')
  return status === '0' ? undefined : Number(status)
}

/** The trailers stand in the last message of the body, or in the head where there is no body. */
function grpcWebCode(headers: Answer['headers'], body: Buffer): Code | undefined {
  if (headers['grpc-status'] !== undefined) return grpcCode(headers['grpc-status'])
  const trailers = messages(body).find(({ flags }) => flags & 0x80)
  return grpcCode(/^grpc-status: ?(\d+)\r?$/im.exec(trailers?.content.toString() ?? '')?.[1])
}

/** Each message may be encoded, and so padded, by itself. */
function fromBase64Pieces(text: string): Buffer {
  return Buffer.concat((text.match(/[^=]+={0,2}/g) ?? []).map((piece) => Buffer.from(piece, 'base64')))
}

function endStreamCode(body: Buffer): Code | undefined {
  const end = messages(body).find(({ flags }) => flags & 0x02)
  if (!end) throw new Error('a stream of Connect without its end')
  const { error } = JSON.parse(end.content.toString()) as { error?: { code?: string } }
  return error && codeFromName(error.code)
}

function connectCode(text: string): Code {
  const { code } = JSON.parse(text) as { code?: string }
  return codeFromName(code)
}

function codeFromName(name: string | undefined): Code {
  const code = name === undefined ? undefined : codeFromString(name)
  if (code === undefined) throw new Error('an error of Connect without a code')
  return code
}

function messages(body: Buffer): { flags: number; content: Buffer }[] {
  const result: { flags: number; content: Buffer }[] = []
  for (let offset = 0; offset < body.length; ) {
    const end = offset + 5 + (body.length < offset + 5 ? Number.NaN : body.readUInt32BE(offset + 1))
    if (!(end <= body.length)) throw new Error('a message without an end')
    result.push({ flags: body.readUInt8(offset), content: body.subarray(offset + 5, end) })
    offset = end
  }
  return result
}
