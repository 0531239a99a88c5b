/**
 * Lets long work go on in turns of the event loop. Only one of all who wait goes on in each turn, so that many of them hold
 * up others no longer than one does.
 */
export class LoopTurns {
  #last: Promise<void> = Promise.resolve()

  /** Returns once it is the turn of the caller. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => new Promise((resolve) => setImmediate(resolve)))
    return this.#last
  }
}
