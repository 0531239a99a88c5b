import type { ConnectError } from '@connectrpc/connect'
import { type Exchange, Head, type Trailers } from '../exchange.ts'
import { envelope, Flag, wholeEnvelope } from './envelope.ts'
import type { Format } from './format.ts'
import { fieldsOf, statusTrailers } from './metadata.ts'
import type { Metadata, Protocol } from './protocol.ts'
import { grpcTimeoutMs } from './timeouts.ts'

/**
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md: as gRPC, but the trailers are the last envelope, since
 * browsers show none of HTTP; in its form as text all of it is in base64, each part of an answer by itself.
 */
export class GrpcWeb implements Protocol {
  readonly name = 'grpc-web'
  readonly isEnveloped = true
  readonly isText: boolean
  readonly encodingField = 'grpc-encoding'
  readonly format: Format
  readonly #fields: readonly string[]

  constructor(format: Format, form: 'binary' | 'text') {
    this.format = format
    this.isText = form === 'text'
    const type = `application/grpc-web${this.isText ? '-text' : ''}+${format.name}`
    this.#fields = ['content-type', type, 'grpc-accept-encoding', 'gzip']
  }

  timeoutMs(exchange: Exchange): number | undefined {
    return grpcTimeoutMs(exchange)
  }

  answer(exchange: Exchange, message: Uint8Array, { header, trailer }: Metadata): void {
    this.#send(exchange, header, [...envelope(message), trailersEnvelope(statusTrailers(undefined, trailer))])
  }

  refuse(exchange: Exchange, error: ConnectError, { header, trailer }: Metadata): void {
    this.#send(exchange, header, [trailersEnvelope(statusTrailers(error, trailer))])
  }

  open(exchange: Exchange, { header }: Metadata): void {
    exchange.open(this.#head(header), false)
  }

  write(exchange: Exchange, message: Uint8Array): boolean {
    return exchange.write(this.#form(wholeEnvelope(message)))
  }

  close(exchange: Exchange, error: ConnectError | undefined, { trailer }: Metadata): void {
    exchange.write(this.#form(trailersEnvelope(statusTrailers(error, trailer))))
    exchange.finish()
  }

  #send(exchange: Exchange, header: Headers | undefined, parts: Uint8Array[]): void {
    exchange.send(this.#head(header), this.isText ? [this.#form(Buffer.concat(parts))] : parts)
  }

  #form(bytes: Buffer): Buffer {
    return this.isText ? Buffer.from(bytes.toString('base64'), 'latin1') : bytes
  }

  #head(header: Headers | undefined): Head {
    return new Head(200, [...this.#fields, ...fieldsOf(header)])
  }
}

function trailersEnvelope(trailers: Trailers): Buffer {
  const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}\r\n`)
  return wholeEnvelope(Buffer.from(lines.join(''), 'latin1'), Flag.trailers)
}
