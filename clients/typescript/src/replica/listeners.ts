/** Those who want to be told. One that throws keeps nobody else from being told. */
export class Listeners<T> {
  readonly #listeners = new Set<(told: T) => void>()
  readonly #failed: (error: unknown) => void

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  get size(): number {
    return this.#listeners.size
  }

  /** What it returns ends it. */
  add(listener: (told: T) => void): () => void {
    // The same function may be added twice.
    const own = (told: T) => listener(told)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  tell(told: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(told)
      } catch (error) {
        this.#failed(error)
      }
    }
  }
}
