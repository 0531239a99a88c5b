import type { ConnectError } from '@connectrpc/connect'
import { endStreamToJson } from '@connectrpc/connect/protocol-connect'
import { type Exchange, Head } from '../exchange.ts'
import { envelope, Flag, wholeEnvelope } from './envelope.ts'
import type { Format } from './format.ts'
import { fieldsOf } from './metadata.ts'
import type { Metadata, Protocol } from './protocol.ts'
import { connectTimeoutMs } from './timeouts.ts'

/** https://connectrpc.com/docs/protocol: calls with streams. The last envelope is JSON and says how the call ended. */
export class ConnectStream implements Protocol {
  readonly name = 'connect'
  readonly isEnveloped = true
  readonly isText = false
  readonly encodingField = 'connect-content-encoding'
  readonly format: Format
  readonly #head: Head

  constructor(format: Format) {
    this.format = format
    this.#head = new Head(200, [
      'content-type',
      `application/connect+${format.name}`,
      'connect-accept-encoding',
      'gzip',
    ])
  }

  timeoutMs(exchange: Exchange): number | undefined {
    return connectTimeoutMs(exchange)
  }

  answer(exchange: Exchange, message: Uint8Array, { header, trailer }: Metadata): void {
    exchange.send(this.#headWith(header), [...envelope(message), endOfStream(undefined, trailer)])
  }

  refuse(exchange: Exchange, error: ConnectError, { header, trailer }: Metadata): void {
    exchange.send(this.#headWith(header), [endOfStream(error, trailer)])
  }

  open(exchange: Exchange, { header }: Metadata): void {
    exchange.open(this.#headWith(header), false)
  }

  write(exchange: Exchange, message: Uint8Array): boolean {
    return exchange.write(wholeEnvelope(message))
  }

  close(exchange: Exchange, error: ConnectError | undefined, { trailer }: Metadata): void {
    exchange.write(endOfStream(error, trailer))
    exchange.finish()
  }

  #headWith(header: Headers | undefined): Head {
    return header ? new Head(200, [...this.#head.fields, ...fieldsOf(header)]) : this.#head
  }
}

function endOfStream(error: ConnectError | undefined, trailer: Headers | undefined): Buffer {
  const json = endStreamToJson(trailer ?? new Headers(), error, undefined)
  return wholeEnvelope(Buffer.from(JSON.stringify(json)), Flag.end)
}
