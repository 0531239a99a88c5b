import { ChatApiError } from '../../domain/errors.ts'
import type { Exchange } from '../exchange.ts'

/** The longest that a timer of Node takes, 24 days; longer deadlines stand for none. */
const LONGEST_MS = 2 ** 31 - 1

const MS_PER_UNIT: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 }

export function grpcTimeoutMs({ headers }: Pick<Exchange, 'headers'>): number | undefined {
  const text = headers['grpc-timeout'] as string | undefined
  if (text === undefined) return undefined
  const unit = MS_PER_UNIT[text.at(-1) ?? '']
  const amount = text.slice(0, -1)
  if (unit === undefined || !/^\d{1,8}$/.test(amount)) throw noTimeout('grpc-timeout', text)
  return Math.min(Number(amount) * unit, LONGEST_MS)
}

export function connectTimeoutMs({ headers }: Pick<Exchange, 'headers'>): number | undefined {
  const text = headers['connect-timeout-ms'] as string | undefined
  if (text === undefined) return undefined
  if (!/^\d{1,10}$/.test(text)) throw noTimeout('connect-timeout-ms', text)
  return Math.min(Number(text), LONGEST_MS)
}

function noTimeout(name: string, text: string): ChatApiError {
  return new ChatApiError('MALFORMED_REQUEST', `the header ${name} is not a valid timeout: ${JSON.stringify(text)}`)
}
