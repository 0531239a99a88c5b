import type { ErrorCode } from './codes.ts'
import type { WireError } from './wire.ts'

/**
 * Says what a platform's error code, such as `ECONNREFUSED`, means for a connection; undefined where it knows no
 * better.
 */
export type FaultAdvice = (platformCode: string, message: string) => string | undefined

/**
 * Codes by which the runtimes report a connection that broke or never was. A server of ours explains itself in error
 * details, so without those none of these is its answer, and the call is as good as unheard.
 */
const CONNECTION_CODES: ReadonlySet<ErrorCode> = new Set(['ABORTED', 'CANCELLED', 'INTERNAL', 'UNKNOWN'])

/** The code and the words for a failure that no ChatApi server explained. */
export function transportFault(error: WireError, advise: FaultAdvice | undefined): { code: ErrorCode; text: string } {
  const root = rootOf(error)
  if (error.platformCode !== undefined) {
    const code = CONNECTION_CODES.has(error.code) ? 'UNAVAILABLE' : error.code
    const message = root.message.trim()
    return { code, text: `${advise?.(error.platformCode, message) ?? 'the connection failed'} (${message})` }
  }
  // What fetch throws, in every browser, for whatever kept it from an answer.
  if (root instanceof TypeError) {
    return {
      code: 'UNAVAILABLE',
      text: `no answer that this page may read (server down, or its CORS origins lack this page): ${root.message}`,
    }
  }
  if (isReset(error)) return { code: 'UNAVAILABLE', text: `the connection broke: ${error.message}` }
  if (error.code === 'CANCELLED') return { code: error.code, text: error.message }
  return { code: error.code, text: `the answer is not from a ChatApi server: ${error.message}` }
}

/** A stream that the other side reset, or that ended before its answer. */
function isReset({ code, message }: WireError): boolean {
  return (
    CONNECTION_CODES.has(code) && /stream (closed|ended)|connection (closed|aborted)|missing trailer/i.test(message)
  )
}

function rootOf(error: Error): Error {
  const seen = new Set<Error>([error])
  let root = error
  while (root.cause instanceof Error && !seen.has(root.cause)) {
    root = root.cause
    seen.add(root)
  }
  return root
}
