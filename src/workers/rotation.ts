/**
 * Whose turn it is: each gets one after the other, so that none is left idle, however few there are to give. Those who have
 * not taken what they were given are passed over while others have.
 */
export class Rotation {
  #lastId = 0

  /** @param pending how much a candidate was given and has not taken yet */
  next<C extends { readonly id: number }>(candidates: readonly C[], pending: (candidate: C) => number): C | undefined {
    const fewest = Math.min(...candidates.map(pending))
    const [next] = candidates
      .filter((candidate) => pending(candidate) === fewest)
      .sort((a, b) => this.#turnOf(a) - this.#turnOf(b) || a.id - b.id)
    if (next) this.#lastId = next.id
    return next
  }

  /** Those behind the last one come first. */
  #turnOf({ id }: { readonly id: number }): number {
    return id > this.#lastId ? 0 : 1
  }
}
