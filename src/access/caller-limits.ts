import type { RateLimit } from './rate-limit.ts'
import type { StreamLimit } from './stream-limit.ts'

/** What each caller may ask for: a principal, or an address where nobody is asked who calls. Absent is no limit. */
export interface CallerLimits {
  readonly rate?: RateLimit | undefined
  readonly streams?: StreamLimit | undefined
}
