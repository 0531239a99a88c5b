import type { AnyMessage, ServerStreamHandler, UnaryHandler } from '../wire/service-binding.ts'
import { answerOnce, answerStream } from './answers.ts'
import { type Call, deadlinePassed, notWhole } from './call.ts'
import { decompress } from './compression.ts'
import type { Receiver } from './exchange.ts'
import { ENVELOPE_HEAD_BYTES, isCompressed, onlyEnvelope } from './protocols/envelope.ts'
import { fromBase64Text } from './protocols/grpc-web-text.ts'
import { requestTooLarge } from './too-large.ts'

const EMPTY = new Uint8Array()
/** How much longer base64 makes a message, padding and line ends included. */
const BASE64_FACTOR = 1.5

/** Takes in a request of one message, and has it answered. */
export class SingleRequest implements Receiver {
  readonly #call: Call
  readonly #hasEncoding: boolean
  #chunks: Uint8Array[] = []
  #size = 0

  /** @param hasEncoding whether messages may be compressed */
  constructor(call: Call, hasEncoding: boolean) {
    this.#call = call
    this.#hasEncoding = hasEncoding
  }

  patienceMs(requestTimeoutMs: number): number {
    return Math.max(0, Math.min(requestTimeoutMs, this.#call.remainingMs))
  }

  data(chunk: Uint8Array): void {
    const call = this.#call
    if (call.isOver) return
    this.#size += chunk.byteLength
    try {
      if (this.#size > this.#maxBodyBytes()) throw requestTooLarge(call.setting.maxMessageBytes)
      // What comes in one piece is answered at once; the rest waits in the server for as long as the client likes.
      if (this.#chunks.length > 0) call.exchange.hold(chunk.byteLength)
      this.#chunks.push(chunk)
    } catch (error) {
      this.#chunks = []
      call.fail(error)
    }
  }

  end(): void {
    if (this.#call.isOver) return
    const chunks = this.#chunks
    this.#chunks = []
    if (chunks.length > 1) this.#call.exchange.release(this.#size)
    this.receive(chunks.length > 1 ? Buffer.concat(chunks, this.#size) : (chunks[0] ?? EMPTY))
  }

  closed(): void {
    this.#chunks = []
    this.#call.closed()
  }

  late(timeoutMs: number): void {
    this.#call.fail(this.#call.remainingMs <= 0 ? deadlinePassed() : notWhole(timeoutMs))
  }

  /** Answers the request whose whole body this is. */
  receive(body: Uint8Array): void {
    const call = this.#call
    try {
      const { bytes, isCompressed } = this.#open(body)
      if (!isCompressed) {
        this.#run(bytes)
        return
      }
      call.pending()
      decompress(bytes, call.setting.maxMessageBytes)
        .then((message) => this.#run(message))
        .catch((error: unknown) => call.fail(error))
    } catch (error) {
      call.fail(error)
    }
  }

  #open(body: Uint8Array): { bytes: Uint8Array; isCompressed: boolean } {
    const { protocol, setting } = this.#call
    if (!protocol.isEnveloped) return { bytes: body, isCompressed: this.#hasEncoding && body.byteLength > 0 }
    const envelope = onlyEnvelope(protocol.isText ? fromBase64Text(body) : body, setting.maxMessageBytes)
    return { bytes: envelope.data, isCompressed: isCompressed(envelope, this.#hasEncoding) }
  }

  #run(bytes: Uint8Array): void {
    const call = this.#call
    if (call.isOver) return
    const { method, handler, givesStream } = call.route
    const message: AnyMessage = call.protocol.format.decode(method.input, bytes)
    if (givesStream) void answerStream(call, () => (handler as ServerStreamHandler)(message, call))
    else answerOnce(call, (handler as UnaryHandler)(message, call))
  }

  #maxBodyBytes(): number {
    const { protocol, setting } = this.#call
    const bytes = setting.maxMessageBytes + (protocol.isEnveloped ? ENVELOPE_HEAD_BYTES : 0)
    return protocol.isText ? bytes * BASE64_FACTOR : bytes
  }
}
