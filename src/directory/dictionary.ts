/** Texts that many streams share, as small numbers: a column of them takes four bytes a stream. */
export class Dictionary {
  readonly #numbers = new Map<string, number>()
  readonly #texts: string[] = []
  readonly #uses: number[] = []
  readonly #free: number[] = []

  /** The number of a text, which stands for it until it is released as often as it was taken. */
  take(text: string): number {
    let number = this.#numbers.get(text)
    if (number === undefined) {
      number = this.#free.pop() ?? this.#texts.length
      this.#numbers.set(text, number)
      this.#texts[number] = text
      this.#uses[number] = 0
    }
    this.#uses[number]! += 1
    return number
  }

  release(number: number): void {
    this.#uses[number]! -= 1
    if (this.#uses[number]! > 0) return
    this.#numbers.delete(this.#texts[number]!)
    this.#texts[number] = ''
    this.#free.push(number)
  }

  textOf(number: number): string {
    return this.#texts[number]!
  }
}
