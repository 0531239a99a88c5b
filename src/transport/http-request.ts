import type { DescMethod } from '@bufbuild/protobuf'
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect'
import {
  type EnvelopedMessage,
  pipe,
  readAllBytes,
  transformDecompressEnvelope,
  transformJoinEnvelopes,
  transformSplitEnvelope,
  type UniversalServerRequest,
} from '@connectrpc/connect/protocol'
import { compressionGzip } from '@connectrpc/connect-node'
import type { Logger } from 'pino'
import { ChatApiError } from '../domain/errors.ts'
import { decodeBinary, decodeJson } from '../wire/decode.ts'
import { toConnectError } from '../wire/errors.ts'
import { requestTooLarge } from './answer.ts'
import { messageOf } from './http-query.ts'
import { orAborted } from './or-aborted.ts'

export interface RequestLimits {
  readonly log: Logger
  readonly maxMessageBytes: number
}

const ENCODING_HEADERS = ['content-encoding', 'connect-content-encoding', 'grpc-encoding']
const TIMEOUTS: readonly [name: string, form: RegExp][] = [
  ['connect-timeout-ms', /^\d{1,10}$/],
  ['grpc-timeout', /^\d{1,8}[HMSmun]$/],
]
const UNFRAMED = /^application\/(json|proto)\b/i
const JSON_FORMAT = /[/+]json\b/i

/**
 * The request with a body that fails with the errors of the contract. connect-node has no place to say what becomes of a
 * request that it cannot read, but what a body throws reaches the client whole. So every message is read here first, and
 * connect-node gets those that it can read, without compression.
 *
 * @param late once aborted, what is still to come fails with its reason
 */
export function checkedRequest(
  request: UniversalServerRequest,
  method: DescMethod,
  limits: RequestLimits,
  late: AbortSignal | undefined,
): UniversalServerRequest {
  const contentType = request.header.get('content-type') ?? ''
  const check = JSON_FORMAT.test(contentType)
    ? (bytes: Uint8Array) => decodeJson(method.input, bytes)
    : (bytes: Uint8Array) => decodeBinary(method.input, bytes)
  const contentLength = request.header.get('content-length')
  const isCompressed = takeGzip(request.header)
  // connect-node takes the length at its word, and this one is of the compressed bytes.
  if (isCompressed) request.header.delete('content-length')
  const arriving = request.body as AsyncIterable<Uint8Array>
  const body = late ? unlessAborted(arriving, late) : arriving
  const checked = UNFRAMED.test(contentType)
    ? oneMessage(body, contentLength, isCompressed, check, limits)
    : messages(body, isCompressed, check, limits)
  return { ...request, body: checked }
}

/** What can be told before the body, and requests that have none. Connect runs it first of all, for every protocol. */
export function checkHead(context: HandlerContext, limits: RequestLimits): void {
  const header = context.requestHeader
  for (const name of ENCODING_HEADERS) {
    const encoding = header.get(name)
    if (encoding && encoding !== 'identity') throw toConnectError(unknownCompression(encoding), limits.log)
  }
  for (const [name, form] of TIMEOUTS) {
    const value = header.get(name)
    if (value !== null && !form.test(value)) {
      const message = `the header ${name} has the value ${JSON.stringify(value)}, which is no timeout`
      throw toConnectError(new ChatApiError('MALFORMED_REQUEST', message), limits.log)
    }
  }
  if (context.requestMethod === 'GET') checkQuery(context, limits)
}

function checkQuery(context: HandlerContext, { log, maxMessageBytes }: RequestLimits): void {
  const { search, searchParams: query } = new URL(context.url)
  const compression = query.get('compression')
  try {
    if (compression && compression !== 'identity') throw unknownCompression(compression)
    const bytes = messageOf(search)
    if (bytes.length > maxMessageBytes) throw requestTooLarge(maxMessageBytes)
    if (query.get('encoding') === 'json') decodeJson(context.method.input, bytes)
    else decodeBinary(context.method.input, bytes)
  } catch (error) {
    throw toConnectError(error, log)
  }
}

/** The same bytes, but those that come after the signal is aborted are not waited for. */
async function* unlessAborted(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await orAborted(chunks.next(), signal)
      if (done) return
      yield value
    }
  } finally {
    // Not awaited: what does not come does not end either.
    void chunks.return?.().then(undefined, () => undefined)
  }
}

async function* oneMessage(
  body: AsyncIterable<Uint8Array>,
  contentLength: string | null,
  isCompressed: boolean,
  check: (bytes: Uint8Array) => unknown,
  { log, maxMessageBytes }: RequestLimits,
): AsyncGenerator<Uint8Array> {
  try {
    let bytes: Uint8Array = await readAllBytes(body, maxMessageBytes, contentLength)
    if (isCompressed) bytes = await compressionGzip.decompress(bytes, maxMessageBytes)
    check(bytes)
    yield bytes
  } catch (error) {
    throw toConnectError(inOurWords(error, maxMessageBytes), log)
  }
}

async function* messages(
  body: AsyncIterable<Uint8Array>,
  isCompressed: boolean,
  check: (bytes: Uint8Array) => unknown,
  { log, maxMessageBytes }: RequestLimits,
): AsyncGenerator<Uint8Array> {
  try {
    yield* pipe(
      body,
      transformSplitEnvelope(maxMessageBytes),
      transformDecompressEnvelope(isCompressed ? compressionGzip : null, maxMessageBytes),
      async function* (envelopes: AsyncIterable<EnvelopedMessage>) {
        for await (const envelope of envelopes) {
          check(envelope.data)
          yield envelope
        }
      },
      transformJoinEnvelopes(),
    )
  } catch (error) {
    throw toConnectError(inOurWords(error, maxMessageBytes), log)
  }
}

function inOurWords(error: unknown, maxMessageBytes: number): unknown {
  if (error instanceof ConnectError) {
    if (error.code === Code.ResourceExhausted) return requestTooLarge(maxMessageBytes)
    if (error.code !== Code.Internal) return error
    // What zlib has no better name for.
    return new ConnectError(error.rawMessage, Code.InvalidArgument, undefined, undefined, error)
  }
  // Node's errors have codes in text: the client went away amid its request.
  const isGone = error instanceof Error && 'code' in error && typeof error.code === 'string'
  return isGone ? new ConnectError(error.message, Code.Canceled, undefined, undefined, error) : error
}

/** Whether the messages may be compressed, and hides it from connect-node, which gets them as they were. */
function takeGzip(header: Headers): boolean {
  let isGzip = false
  for (const name of ENCODING_HEADERS) {
    if (header.get(name) !== 'gzip') continue
    header.delete(name)
    isGzip = true
  }
  return isGzip
}

function unknownCompression(name: string): ConnectError {
  return new ConnectError(`unknown compression "${name}": supported encodings are gzip`, Code.Unimplemented)
}
