import { Code, type ConnectError } from '@connectrpc/connect'

/**
 * Says what a platform's error code, such as `ECONNREFUSED`, means for a connection; undefined where it knows no
 * better.
 */
export type FaultAdvice = (platformCode: string, message: string) => string | undefined

/**
 * Codes by which the runtimes report a connection that broke or never was. A server of ours explains itself in error
 * details, so without those none of these is its answer, and the call is as good as unheard.
 */
const CONNECTION_CODES: ReadonlySet<Code> = new Set([Code.Aborted, Code.Canceled, Code.Internal, Code.Unknown])

/** The code and the words for a failure that no ChatApi server explained. */
export function transportFault(error: ConnectError, advise: FaultAdvice | undefined): { code: Code; text: string } {
  const chain = causes(error)
  const platformCode = chain.map(codeOf).find((code) => code !== undefined)
  if (platformCode !== undefined) {
    const code = CONNECTION_CODES.has(error.code) ? Code.Unavailable : error.code
    const message = chain.at(-1)!.message.trim()
    return { code, text: `${advise?.(platformCode, message) ?? 'the connection failed'} (${message})` }
  }
  // What fetch throws, in every browser, for whatever kept it from an answer.
  if (chain.some((cause) => cause instanceof TypeError)) {
    const why = chain.at(-1)!.message
    return {
      code: Code.Unavailable,
      text: `no answer that this page may read (server down, or its CORS origins lack this page): ${why}`,
    }
  }
  if (isReset(error)) return { code: Code.Unavailable, text: `the connection broke: ${error.rawMessage}` }
  return { code: error.code, text: `the answer is not from a ChatApi server: ${error.rawMessage}` }
}

/** A stream that the other side reset, or that ended before its answer. */
function isReset({ code, rawMessage }: ConnectError): boolean {
  return (
    CONNECTION_CODES.has(code) && /stream (closed|ended)|connection (closed|aborted)|missing trailer/i.test(rawMessage)
  )
}

function causes(error: Error): Error[] {
  const chain: Error[] = []
  for (let cause: unknown = error; cause instanceof Error && !chain.includes(cause); cause = cause.cause) {
    chain.push(cause)
  }
  return chain
}

function codeOf(error: Error): string | undefined {
  const { code } = error as Error & { code?: unknown }
  return typeof code === 'string' ? code : undefined
}
