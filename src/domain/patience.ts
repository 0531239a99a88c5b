/** Who waits for an answer. */
export interface Caller {
  /** How long it still waits, in milliseconds; undefined where it does not say. Absent: it waits as long as it takes. */
  readonly timeoutMs?: () => number | undefined
  /** What was called, where this is a call, for the log of what was written. */
  readonly method?: { readonly name: string }
  /** Likewise, what the call is known by. */
  readonly requestId?: string
}

/** How long a caller may have to wait that does not say how long it does. */
const DEFAULT_TIMEOUT_MS = 5_000

/** A failure takes its time to reach the caller, too: a tenth of what is left, and no more than this. */
const MAX_MARGIN_MS = 500

/** How long to try on behalf of a caller, in milliseconds, so that it is still there to hear of a failure. */
export function patienceMs({ timeoutMs }: Caller): number {
  if (!timeoutMs) return Number.POSITIVE_INFINITY
  const leftMs = timeoutMs() ?? DEFAULT_TIMEOUT_MS
  return Math.max(0, leftMs - Math.min(leftMs / 10, MAX_MARGIN_MS))
}
