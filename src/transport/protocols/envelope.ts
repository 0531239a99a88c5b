import { Code } from '@connectrpc/connect'
import { malformedRequest } from '../../wire/errors.ts'
import { requestTooLarge } from '../too-large.ts'

/** One byte of flags, then the length of the message. */
export const ENVELOPE_HEAD_BYTES = 5

export const Flag = {
  compressed: 0b1,
  /** Connect: the envelope ends a stream. */
  end: 0b10,
  /** gRPC-Web: the envelope has the trailers. */
  trailers: 0b1000_0000,
} as const

/** Up to this size a message is copied behind its head: cheaper than sending two buffers. */
const MAX_COPIED_BYTES = 4_096

export interface Envelope {
  readonly flags: number
  readonly data: Uint8Array
}

/** The parts of an enveloped message, which is not copied where it is large. */
export function envelope(message: Uint8Array, flags = 0): Uint8Array[] {
  if (message.byteLength > MAX_COPIED_BYTES) return [envelopeHead(message.byteLength, flags), message]
  return [wholeEnvelope(message, flags)]
}

/** The same in one piece. */
export function wholeEnvelope(message: Uint8Array, flags = 0): Buffer {
  const { byteLength } = message
  const bytes = Buffer.allocUnsafe(ENVELOPE_HEAD_BYTES + byteLength)
  bytes[0] = flags
  bytes.writeUInt32BE(byteLength, 1)
  bytes.set(message, ENVELOPE_HEAD_BYTES)
  return bytes
}

function envelopeHead(length: number, flags: number): Buffer {
  const head = Buffer.allocUnsafe(ENVELOPE_HEAD_BYTES)
  head[0] = flags
  head.writeUInt32BE(length, 1)
  return head
}

/** Cuts what arrives into envelopes. Holds no more than one message, and no message over the limit. */
export class EnvelopeReader {
  readonly #maxMessageBytes: number
  #waiting: Buffer[] = []
  #size = 0

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes
  }

  /** How many bytes wait here for an envelope to be whole, or to be taken. */
  get size(): number {
    return this.#size
  }

  push(chunk: Uint8Array): void {
    this.#waiting.push(asBuffer(chunk))
    this.#size += chunk.byteLength
  }

  /** The next envelope, where it is whole. Throws as soon as one is known to be too large. */
  next(): Envelope | undefined {
    if (this.#size < ENVELOPE_HEAD_BYTES) return undefined
    const head = this.#peekHead()
    const length = head.readUInt32BE(1)
    if (length > this.#maxMessageBytes) throw requestTooLarge(this.#maxMessageBytes)
    if (this.#size < ENVELOPE_HEAD_BYTES + length) return undefined
    const bytes = this.#join()
    const end = ENVELOPE_HEAD_BYTES + length
    this.#size -= end
    this.#waiting = this.#size > 0 ? [bytes.subarray(end)] : []
    return { flags: bytes[0]!, data: bytes.subarray(ENVELOPE_HEAD_BYTES, end) }
  }

  #peekHead(): Buffer {
    return this.#waiting[0]!.byteLength >= ENVELOPE_HEAD_BYTES ? this.#waiting[0]! : this.#join()
  }

  #join(): Buffer {
    if (this.#waiting.length > 1) this.#waiting = [Buffer.concat(this.#waiting)]
    return this.#waiting[0]!
  }
}

/** The only envelope of a request. Throws where there is none, or more than one. */
export function onlyEnvelope(body: Uint8Array, maxMessageBytes: number): Envelope {
  const bytes = asBuffer(body)
  if (bytes.byteLength >= ENVELOPE_HEAD_BYTES && bytes.byteLength === ENVELOPE_HEAD_BYTES + bytes.readUInt32BE(1)) {
    return { flags: bytes[0]!, data: bytes.subarray(ENVELOPE_HEAD_BYTES) }
  }
  const reader = new EnvelopeReader(maxMessageBytes)
  reader.push(bytes)
  const first = reader.next()
  if (!first) {
    if (reader.size > 0) throw malformedRequest(Code.InvalidArgument, 'the request ends amid a message')
    throw malformedRequest(Code.Unimplemented, 'the request has no message, and this method takes one')
  }
  if (reader.size > 0) {
    throw malformedRequest(Code.Unimplemented, 'the request has more than one message, and this method takes one')
  }
  return first
}

/** Whether the message in an envelope is compressed. Throws where the envelope is none that a request may have. */
export function isCompressed({ flags, data }: Envelope, hasEncoding: boolean): boolean {
  if ((flags & ~Flag.compressed) !== 0) {
    throw malformedRequest(Code.InvalidArgument, `a message of the request has unknown flags: ${flags}`)
  }
  if (flags === 0) return false
  if (!hasEncoding) {
    throw malformedRequest(Code.Internal, 'a message is compressed, and the request names no compression')
  }
  return data.byteLength > 0
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
