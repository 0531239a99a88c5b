import { ChatApiError } from '../domain/errors.ts'

export function answerTooLarge(bytes: number, maxMessageBytes: number): ChatApiError {
  return new ChatApiError('MESSAGE_TOO_LARGE', `the answer has ${bytes} bytes; an answer may have ${maxMessageBytes}`)
}

export function requestTooLarge(maxMessageBytes: number): ChatApiError {
  return new ChatApiError(
    'MESSAGE_TOO_LARGE',
    `the request is too large; a message may have at most ${maxMessageBytes} bytes`,
  )
}
