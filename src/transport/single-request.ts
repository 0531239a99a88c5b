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
  #first: Uint8Array | undefined
  #rest: Uint8Array[] | undefined
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
      if (!this.#first) {
        this.#first = chunk
        return
      }
      // What comes in one piece is answered at once; the rest waits in the server for as long as the client likes.
      call.exchange.hold(chunk.byteLength)
      this.#rest ??= []
      this.#rest.push(chunk)
    } catch (error) {
      this.#drop()
      call.fail(error)
    }
  }

  end(): void {
    if (this.#call.isOver) return
    let body = this.#first ?? EMPTY
    if (this.#rest) {
      this.#call.exchange.release(this.#size - body.byteLength)
      body = Buffer.concat([body, ...this.#rest], this.#size)
    }
    this.#drop()
    this.receive(body)
  }

  closed(): void {
    this.#drop()
    this.#call.closed()
  }

  late(timeoutMs: number): void {
    this.#call.fail(this.#call.remainingMs <= 0 ? deadlinePassed() : notWhole(timeoutMs))
  }

  /** Answers the request whose whole body this is. */
  receive(body: Uint8Array): void {
    if (this.#call.isOver) return
    const { protocol, setting } = this.#call
    try {
      if (!protocol.isEnveloped) {
        this.#take(body, this.#hasEncoding && body.byteLength > 0)
        return
      }
      const envelope = onlyEnvelope(protocol.isText ? fromBase64Text(body) : body, setting.maxMessageBytes)
      this.#take(envelope.data, isCompressed(envelope, this.#hasEncoding))
    } catch (error) {
      this.#call.fail(error)
    }
  }

  #take(message: Uint8Array, isCompressed: boolean): void {
    const call = this.#call
    if (!isCompressed) {
      this.#run(message)
      return
    }
    call.pending()
    decompress(message, call.setting.maxMessageBytes)
      .then((bytes) => this.#run(bytes))
      .catch((error: unknown) => call.fail(error))
  }

  #run(bytes: Uint8Array): void {
    const call = this.#call
    if (call.isOver) return
    const message = call.setting.knownRequests.read(call.route, call.protocol.format, bytes)
    const checked = call.route.check?.(message, call)
    if (!checked) {
      this.#answer(message)
      return
    }
    call.pending()
    checked.then(() => this.#answer(message)).catch((error: unknown) => call.fail(error))
  }

  #answer(message: AnyMessage): void {
    const call = this.#call
    if (call.isOver) return
    const { route, setting } = call
    if (route.givesStream) {
      call.within(() => void answerStream(call, () => (route.handler as ServerStreamHandler)(message, call)))
      return
    }
    setting.inFlight.assertRoom(route)
    call.within(() => answerOnce(call, (route.handler as UnaryHandler)(message, call)))
  }

  #drop(): void {
    this.#first = undefined
    this.#rest = undefined
  }

  #maxBodyBytes(): number {
    const { protocol, setting } = this.#call
    const bytes = setting.maxMessageBytes + (protocol.isEnveloped ? ENVELOPE_HEAD_BYTES : 0)
    return protocol.isText ? bytes * BASE64_FACTOR : bytes
  }
}
