import { once } from 'node:events'
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2'
import { Duplex } from 'node:stream'
import { Flag, FrameType, frame } from './frames.ts'

export type Fields = Readonly<Record<string, string>>

/** A head of which only `:status: 200` is said, for trailers to follow. */
const HEAD_200 = Buffer.of(0x88)
const MAX_FRAME_BYTES = 16_384
/** A busy machine may be slow; a decoder that waits for more than it is given waits for ever. */
const TIMEOUT_MS = 20_000

/**
 * Decodes the header blocks that a server sent on one HTTP/2 connection, in their order, with Node's own decoder: a client
 * that is given each as the answer to a request of its own.
 */
export class HeaderDecoder implements Disposable {
  readonly #wire = new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => {
      done()
      this.#wire.emit('sent')
    },
  })
  readonly #session: ClientHttp2Session
  readonly #broken: Promise<never>
  readonly #ready: Promise<unknown>

  constructor() {
    this.#session = connect('http://127.0.0.1', { createConnection: () => this.#wire })
    this.#broken = new Promise<never>((_resolve, reject) => this.#session.on('error', reject))
    this.#broken.catch(() => {})
    this.#ready = once(this.#session, 'remoteSettings')
    this.#ready.catch(() => {})
    this.#wire.push(frame(FrameType.SETTINGS, 0, 0, Buffer.alloc(0)))
  }

  /**
   * Throws where the block cannot be decoded, or is no head of a response.
   *
   * @param isTrailer whether it ends a response, the head of which came before
   */
  async decode(block: Buffer, isTrailer: boolean): Promise<Fields> {
    const timer = setTimeout(() => this.#session.destroy(new Error('the block makes no head')), TIMEOUT_MS)
    try {
      await Promise.race([this.#ready, this.#broken])
      return await Promise.race([this.#decodeNext(block, isTrailer), this.#broken])
    } finally {
      clearTimeout(timer)
    }
  }

  #decodeNext(block: Buffer, isTrailer: boolean): Promise<Fields> {
    const stream = this.#session.request({ ':path': '/' }, { endStream: true })
    return new Promise((resolve, reject) => {
      const take = (headers: IncomingHttpHeaders) => {
        resolve(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])))
        stream.close(constants.NGHTTP2_CANCEL)
      }
      stream.on('error', reject).on('close', () => reject(new Error('the block is no head of a response')))
      // Informational heads are events of their own.
      stream.once(isTrailer ? 'trailers' : 'response', take).once('headers', take)
      stream.resume()
      const answer = () => this.#wire.push(Buffer.concat([...framesOf(stream.id!, block, isTrailer)]))
      // Before the request has left, an answer to it would be a fault.
      this.#wire.once('sent', () => setImmediate(answer))
    })
  }

  [Symbol.dispose](): void {
    this.#session.destroy()
  }
}

function* framesOf(stream: number, block: Buffer, isTrailer: boolean): Generator<Buffer> {
  if (isTrailer) yield frame(FrameType.HEADERS, Flag.END_HEADERS, stream, HEAD_200)
  let type: number = FrameType.HEADERS
  for (let start = 0; start === 0 || start < block.length; start += MAX_FRAME_BYTES) {
    const isLast = start + MAX_FRAME_BYTES >= block.length
    const ends = type === FrameType.HEADERS && isTrailer ? Flag.END_STREAM : 0
    yield frame(type, ends | (isLast ? Flag.END_HEADERS : 0), stream, block.subarray(start, start + MAX_FRAME_BYTES))
    type = FrameType.CONTINUATION
  }
}
