/** Reads the loosely typed fields of one row, and gathers what is wrong with them and what does not fit. */
export class Fields {
  readonly #faults: string[] = []
  readonly #altered: string[] = []

  /** The fault of the row; undefined where there is none. */
  get fault(): string | undefined {
    return this.#faults.length > 0 ? this.#faults.join('; ') : undefined
  }

  /** What of the row does not come in as it is; undefined where all does. */
  get altered(): string | undefined {
    return this.#altered.length > 0 ? this.#altered.join('; ') : undefined
  }

  /** Notes a value without which, or as something else than which, the row comes in. */
  alter(name: string, how: string): void {
    this.#altered.push(`${name} ${how}`)
  }

  /** Notes values that have no place in a stream; those that are empty say nothing. */
  leaveOut(values: Readonly<Record<string, unknown>>, why: string): void {
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === undefined || value === '') continue
      this.alter(name, `is left out, ${describe(value)}: ${why}`)
    }
  }

  reject(name: string, problem: string): void {
    this.#faults.push(`${name} ${problem}`)
  }

  /** Text, also where it was stored as a whole number; undefined where nothing is recorded. */
  text(name: string, value: unknown): string | undefined {
    if (value === null || value === undefined || typeof value === 'string') return value ?? undefined
    if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value)
    this.reject(name, `is ${describe(value)}; expected text`)
    return undefined
  }

  /** Text that must be there. */
  requiredText(name: string, value: unknown): string {
    const faults = this.#faults.length
    const text = this.text(name, value)
    if (!text && this.#faults.length === faults) this.reject(name, text === '' ? 'is empty' : 'is missing')
    return text ?? ''
  }

  /** Seconds since the Unix epoch. */
  seconds(name: string, value: unknown): number {
    const seconds = typeof value === 'bigint' ? Number(value) : value
    if (typeof seconds === 'number' && Number.isFinite(seconds)) return seconds
    if (value === null || value === undefined) this.reject(name, 'is missing')
    else this.reject(name, `is ${describe(value)}; expected seconds since 1970`)
    return 0
  }
}

/** Longest piece of a bad value that a message shows. */
const SHOWN_LENGTH = 40

export function describe(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return `the ${typeof value === 'boolean' ? 'boolean' : 'number'} ${value}`
  if (typeof value === 'string') {
    return `the text ${JSON.stringify(value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}…` : value)}`
  }
  if (value instanceof Uint8Array) return `${value.length} bytes of binary data`
  if (value instanceof Date) return 'a date'
  if (Array.isArray(value)) return 'a list'
  const type = (value as { _bsontype?: unknown })._bsontype
  return typeof type === 'string' ? `of type ${type}` : 'an object'
}
