/** The names of the codes of gRPC, by their numbers. */
const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const

/** The name of a code with which a call fails. */
export type ErrorCode = Exclude<(typeof NAMES)[number], 'OK'>

/** The name of a number that came over the wire; `UNKNOWN` for one that gRPC does not have. */
export function errorCode(number: number): ErrorCode {
  const name = NAMES[number]
  return name === undefined || name === 'OK' ? 'UNKNOWN' : name
}
