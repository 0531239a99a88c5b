import { parseTime } from '../domain/timestamp.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** A line does not hold what it should. The message says where and what. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault'
}

/** Reads the fields of an object that a stranger may have written, and takes nothing for what it is not. */
export class JsonReader {
  readonly #object: JsonObject
  readonly #path: string

  /** @param known the fields that it may have: what a newer release writes beside them would be lost */
  constructor(object: JsonObject, path: string, known: readonly string[]) {
    this.#object = object
    this.#path = path
    const unknown = Object.keys(object).find((name) => !known.includes(name))
    if (unknown !== undefined) throw this.fault(unknown, 'is not known here; was it written by a newer chatapi?')
  }

  /** Undefined where it is absent. */
  optionalText(name: string): string | undefined {
    const value = this.#object[name]
    if (value === undefined || typeof value === 'string') return value
    throw this.fault(name, 'is no text')
  }

  /** Empty where it is absent. */
  text(name: string): string {
    return this.optionalText(name) ?? ''
  }

  requiredText(name: string): string {
    const text = this.text(name)
    if (text === '') throw this.fault(name, 'is missing')
    return text
  }

  /** Undefined where it is absent. */
  number(name: string): number | undefined {
    const value = this.#object[name]
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value
    throw this.fault(name, 'is no number')
  }

  /** A whole number, written as a text. */
  count(name: string): number {
    const text = this.requiredText(name)
    const count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (Number.isSafeInteger(count)) return count
    throw this.fault(name, 'is no whole number')
  }

  time(name: string): number {
    const time = parseTime(this.requiredText(name))
    if (time === undefined) throw this.fault(name, 'is no time such as 2026-01-02T03:04:05Z')
    return time
  }

  /** Undefined where it is absent. */
  optionalObject(name: string): JsonObject | undefined {
    const value = this.#object[name]
    if (value === undefined || isObject(value)) return value
    throw this.fault(name, 'is no object')
  }

  object(name: string): JsonObject {
    const object = this.optionalObject(name)
    if (!object) throw this.fault(name, 'is missing')
    return object
  }

  /** Texts by their keys; none where it is absent. */
  texts(name: string): Readonly<Record<string, string>> {
    const object = this.optionalObject(name) ?? {}
    if (Object.values(object).every((value) => typeof value === 'string')) return object as Record<string, string>
    throw this.fault(name, 'holds what is no text')
  }

  /** None where it is absent. */
  textList(name: string): readonly string[] {
    const value = this.#object[name] ?? []
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value
    throw this.fault(name, 'is no list of texts')
  }

  /** None where it is absent. */
  objectList(name: string): readonly JsonObject[] {
    const value = this.#object[name] ?? []
    if (Array.isArray(value) && value.every(isObject)) return value
    throw this.fault(name, 'is no list of objects')
  }

  fault(name: string, what: string): JsonFault {
    return new JsonFault(`${this.#path === '' ? '' : `${this.#path}.`}${name} ${what}`)
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
