import type { ConnectError } from '@connectrpc/connect'
import { codeToHttpStatus, errorToJsonBytes } from '@connectrpc/connect/protocol-connect'
import { type Exchange, Head } from '../exchange.ts'
import type { Format } from './format.ts'
import { fieldsOf } from './metadata.ts'
import type { Metadata, Protocol } from './protocol.ts'
import { connectTimeoutMs } from './timeouts.ts'

const ACCEPT_ENCODING = ['accept-encoding', 'gzip']

/**
 * https://connectrpc.com/docs/protocol: a call of one message each way is a plain request and a plain answer, whose status
 * and, where it failed, JSON say how it ended.
 */
export class ConnectUnary implements Protocol {
  readonly name = 'connect'
  readonly isEnveloped = false
  readonly isText = false
  readonly encodingField = 'content-encoding'
  readonly format: Format
  readonly #head: Head

  constructor(format: Format) {
    this.format = format
    this.#head = new Head(200, ['content-type', `application/${format.name}`])
  }

  timeoutMs(exchange: Exchange): number | undefined {
    return connectTimeoutMs(exchange)
  }

  answer(exchange: Exchange, message: Uint8Array, { header, trailer }: Metadata): void {
    const head =
      header || trailer
        ? new Head(200, [...this.#head.fields, ...fieldsOf(header), ...fieldsOf(trailer, 'trailer-')])
        : this.#head
    exchange.send(head, [message])
  }

  refuse(exchange: Exchange, error: ConnectError, { header, trailer }: Metadata): void {
    const more = [...fieldsOf(header), ...fieldsOf(error.metadata), ...fieldsOf(trailer, 'trailer-')]
    sendError(exchange, codeToHttpStatus(error.code), error, more)
  }

  open(): never {
    throw manyAnswers()
  }

  write(): never {
    throw manyAnswers()
  }

  close(): never {
    throw manyAnswers()
  }
}

/** Also what is no call in any protocol gets the error of a Connect call, which is JSON that people can read. */
export function sendError(exchange: Exchange, status: number, error: ConnectError, more: readonly string[] = []): void {
  const head = new Head(status, ['content-type', 'application/json', ...ACCEPT_ENCODING, ...more])
  exchange.send(head, [errorToJsonBytes(error, undefined)])
}

function manyAnswers(): Error {
  return new Error('a Connect call without a stream is answered by one message')
}
