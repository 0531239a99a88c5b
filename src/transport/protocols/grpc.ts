import type { ConnectError } from '@connectrpc/connect'
import { type Exchange, Head } from '../exchange.ts'
import { envelope, wholeEnvelope } from './envelope.ts'
import type { Format } from './format.ts'
import { fieldsOf, statusTrailers } from './metadata.ts'
import type { Metadata, Protocol } from './protocol.ts'
import { grpcTimeoutMs } from './timeouts.ts'

/** Has to be said where a compression is refused, and would cost every answer a field that no client goes by. */
const ACCEPTED = ['grpc-accept-encoding', 'gzip']

/** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
export class Grpc implements Protocol {
  readonly name = 'grpc'
  readonly isEnveloped = true
  readonly isText = false
  readonly encodingField = 'grpc-encoding'
  readonly format: Format
  readonly #head: Head

  constructor(format: Format) {
    this.format = format
    this.#head = new Head(200, ['content-type', `application/grpc+${format.name}`])
  }

  timeoutMs(exchange: Exchange): number | undefined {
    return grpcTimeoutMs(exchange)
  }

  answer(exchange: Exchange, message: Uint8Array, { header, trailer }: Metadata): void {
    exchange.send(this.#headWith(header), envelope(message), statusTrailers(undefined, trailer))
  }

  refuse(exchange: Exchange, error: ConnectError, { header, trailer }: Metadata): void {
    const trailers = statusTrailers(error, trailer)
    // Without headers of a handler the status stands in the head, and nothing follows.
    if (header) exchange.send(this.#headWith(header), [], trailers)
    else exchange.send(new Head(200, [...this.#head.fields, ...ACCEPTED, ...Object.entries(trailers).flat()]), [])
  }

  open(exchange: Exchange, { header }: Metadata): void {
    exchange.open(this.#headWith(header), true)
  }

  write(exchange: Exchange, message: Uint8Array): boolean {
    return exchange.write(wholeEnvelope(message))
  }

  close(exchange: Exchange, error: ConnectError | undefined, { trailer }: Metadata): void {
    exchange.finish(statusTrailers(error, trailer))
  }

  #headWith(header: Headers | undefined): Head {
    return header ? new Head(200, [...this.#head.fields, ...fieldsOf(header)]) : this.#head
  }
}
