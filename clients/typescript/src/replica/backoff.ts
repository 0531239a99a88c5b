const FIRST_MS = 500
const MAX_MS = 5_000

/**
 * How long to wait before another attempt: anything up to a bound that doubles, so that the clients of a server that comes
 * back do not come back together.
 *
 * @param attempts that failed so far, at least 1
 */
export function backoffMs(attempts: number): number {
  return Math.random() * Math.min(MAX_MS, FIRST_MS * 2 ** (attempts - 1))
}
