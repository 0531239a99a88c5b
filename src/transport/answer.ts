import { create, type DescMessage, isMessage } from '@bufbuild/protobuf'
import { ChatApiError } from '../domain/errors.ts'
import { serialize } from '../wire/encoded.ts'
import type { AnyInit } from '../wire/service-binding.ts'

/** The bytes of what a handler returned; refuses what no client with the same limit could read. */
export function encodeAnswer(schema: DescMessage, answer: AnyInit, maxMessageBytes: number): Uint8Array {
  const bytes = serialize(schema, isMessage(answer) ? answer : create(schema, answer))
  if (bytes.byteLength > maxMessageBytes) throw answerTooLarge(bytes.byteLength, maxMessageBytes)
  return bytes
}

function answerTooLarge(bytes: number, maxMessageBytes: number): ChatApiError {
  return new ChatApiError('MESSAGE_TOO_LARGE', `the answer has ${bytes} bytes; an answer may have ${maxMessageBytes}`)
}

export function requestTooLarge(maxMessageBytes: number): ChatApiError {
  return new ChatApiError(
    'MESSAGE_TOO_LARGE',
    `the request is too large; a message may have at most ${maxMessageBytes} bytes`,
  )
}
