interface Waiter {
  readonly revision: bigint
  readonly resolve: () => void
}

/** Those who wait for revisions. */
export class Waiters {
  readonly #waiting = new Set<Waiter>()

  /** Calls back once a revision is reached. What it returns takes that back. */
  add(revision: bigint, resolve: () => void): () => void {
    const waiter = { revision, resolve }
    this.#waiting.add(waiter)
    return () => this.#waiting.delete(waiter)
  }

  reached(revision: bigint): void {
    for (const waiter of this.#waiting) {
      if (waiter.revision > revision) continue
      this.#waiting.delete(waiter)
      waiter.resolve()
    }
  }
}
