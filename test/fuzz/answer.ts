import type { Fields } from './header-blocks.ts'

/** What a request was answered with, whichever HTTP carried it. */
export interface Answer {
  readonly status: number
  readonly headers: Fields
  readonly trailers: Fields
  readonly body: Buffer
  /** Whether it came to its end. */
  readonly isWhole: boolean
}

/** All that one connection was answered. */
export interface Answers {
  readonly answers: readonly Answer[]
  /** Requests, or the connection as a whole, that the server broke off. */
  readonly resets: number
  /** What no client could read; undefined where all is well formed. */
  readonly fault: string | undefined
}
