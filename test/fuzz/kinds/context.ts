import type { Door } from '../attack.ts'

/** What attacks are made from, besides chance. */
export interface Context {
  readonly door: Door
  /** Real ones, as the server issued them. */
  readonly pageTokens: readonly string[]
}
