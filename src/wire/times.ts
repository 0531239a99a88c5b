import type { Timestamp } from '@bufbuild/protobuf/wkt'
import { invalidFields } from '../domain/errors.ts'
import { fromTimestamp } from './convert.ts'

const MAX_NANOS = 999_999_999

/**
 * The seconds of a time in a request; throws INVALID_FIELD where it is none.
 *
 * @param path of the field
 */
export function timeOf(timestamp: Timestamp, path: string): number {
  const { nanos } = timestamp
  if (nanos >= 0 && nanos <= MAX_NANOS) return fromTimestamp(timestamp)
  throw invalidFields([{ field: path, description: `nanos must be 0 to ${MAX_NANOS}, is ${nanos}` }])
}
