import { ChatApiError } from '../../../clients/typescript/src/node.ts'

/** The ChatApiError with which a call fails. */
export async function failureOf(call: Promise<unknown>): Promise<ChatApiError> {
  try {
    await call
  } catch (error) {
    if (error instanceof ChatApiError) return error
    throw new Error(`not a ChatApiError: ${error}`, { cause: error })
  }
  throw new Error('the call succeeded')
}
