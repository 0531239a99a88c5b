import { Code, ConnectError } from '@connectrpc/connect'
import type { AnyMessage, BidiHandler, ClientStreamHandler } from '../wire/service-binding.ts'
import { answerOnce, answerStream } from './answers.ts'
import { type Call, cancelled } from './call.ts'
import { decompress } from './compression.ts'
import type { Receiver } from './exchange.ts'
import { EnvelopeReader, isCompressed } from './protocols/envelope.ts'

/** More than this of a stream of requests waits with the client, until its handler has taken what is here. */
const MAX_WAITING_BYTES = 65_536

/** Takes in a stream of requests and has it answered: what arrives waits for the handler, and the client with it. */
export class RequestStream implements Receiver, AsyncIterable<AnyMessage> {
  readonly #call: Call
  readonly #hasEncoding: boolean
  readonly #reader: EnvelopeReader
  #isWhole = false
  #wake: (() => void) | undefined

  /** @param hasEncoding whether messages may be compressed */
  constructor(call: Call, hasEncoding: boolean) {
    this.#call = call
    this.#hasEncoding = hasEncoding
    this.#reader = new EnvelopeReader(call.setting.maxMessageBytes)
  }

  start(): void {
    const call = this.#call
    const { handler, givesStream } = call.route
    call.pending()
    call.whenOver(() => this.#wake?.())
    call.within(() => {
      if (givesStream) void answerStream(call, () => (handler as BidiHandler)(this, call))
      else
        answerOnce(
          call,
          Promise.try(() => (handler as ClientStreamHandler)(this, call)),
        )
    })
  }

  data(chunk: Uint8Array): void {
    const call = this.#call
    if (call.isOver) return
    try {
      call.exchange.hold(chunk.byteLength)
    } catch (error) {
      call.fail(error)
      return
    }
    this.#reader.push(chunk)
    if (this.#wake) this.#wake()
    else if (this.#reader.size > MAX_WAITING_BYTES) call.exchange.pause()
  }

  end(): void {
    this.#isWhole = true
    this.#wake?.()
  }

  closed(): void {
    this.#call.closed()
  }

  /** It takes as long as it likes. */
  patienceMs(): number {
    return Number.POSITIVE_INFINITY
  }

  late(): void {}

  async *[Symbol.asyncIterator](): AsyncGenerator<AnyMessage> {
    const { exchange, protocol, route, setting } = this.#call
    for (;;) {
      if (this.#call.isOver) throw cancelled()
      const before = this.#reader.size
      const envelope = this.#reader.next()
      exchange.release(before - this.#reader.size)
      if (envelope) {
        const bytes = isCompressed(envelope, this.#hasEncoding)
          ? await decompress(envelope.data, setting.maxMessageBytes)
          : envelope.data
        const message = protocol.format.decode(route.method.input, bytes)
        route.validate?.(message, route.method)
        await route.check?.(message, this.#call)
        yield message
      } else if (this.#isWhole) {
        if (before > 0) throw new ConnectError('the request ends amid a message', Code.InvalidArgument)
        return
      } else {
        exchange.resume()
        await this.#more()
      }
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }
}
