import { StoreUnavailableError } from '../store.ts'

/** Whether a commit may have happened: from when a write is sent until its answer is there. */
export class Doubt {
  isThere = false

  /** The failure of the commit, which says so. */
  of(error: unknown): unknown {
    if (!this.isThere || !(error instanceof StoreUnavailableError)) return error
    const { message, cause, summary } = error
    return new StoreUnavailableError(message, { cause, summary, isInDoubt: true })
  }
}
