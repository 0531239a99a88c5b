import type { ChatApiError } from '../errors.ts'

interface Sum {
  readonly matching: number
  readonly digest: bigint
}

/** What happens to a replica itself. */
export type ReplicaEvent =
  /** There is a copy to answer from. */
  | { readonly type: 'ready'; readonly revision: string }
  /** A new snapshot took the place of the copy: what happened before could not be told. */
  | { readonly type: 'replaced'; readonly revision: string }
  /** The copy was not what the server has; a new snapshot follows. */
  | { readonly type: 'mismatch'; readonly revision: string; readonly found: Sum; readonly expected: Sum }
  /** The watch ended; it is tried again in so many milliseconds. */
  | { readonly type: 'interrupted'; readonly error: ChatApiError; readonly retryInMs: number }
  /** A listener threw. */
  | { readonly type: 'listener-failed'; readonly error: unknown }
