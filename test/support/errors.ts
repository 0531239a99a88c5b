import { Code, ConnectError } from '@connectrpc/connect'
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'

/** What a failed call says of itself. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly reason: string | undefined
  readonly metadata: Record<string, string> | undefined
  readonly fields: string[]
  readonly isRetryable: boolean
}

/** Waits for a call to fail and reads its error; a call that succeeds is an error itself. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const error = await call.then(
    (answer) => {
      throw new Error(
        `expected a failure, got ${JSON.stringify(answer, (_, v) => (typeof v === 'bigint' ? String(v) : v))}`,
      )
    },
    (reason) => reason,
  )
  if (!(error instanceof ConnectError)) throw error
  const [info] = error.findDetails(ErrorInfoSchema)
  const fields = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations)
  return {
    code: Code[error.code],
    message: error.rawMessage,
    reason: info?.reason,
    metadata: info?.metadata,
    fields: fields.map(({ field }) => field),
    isRetryable: error.findDetails(RetryInfoSchema).length > 0,
  }
}
