import { BSON, Double, Int32, Long, ObjectId } from 'mongodb'

/** The number in a BSON value, or undefined where it holds none. Longs beyond 2^53 lose precision. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (value instanceof Int32 || value instanceof Double) return value.value
  if (value instanceof Long) return value.toNumber()
  return undefined
}

/** Text as it is, and numbers as the bot itself would write them: ids were ints in its early versions. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (value instanceof Long) return value.toString()
  const number = numberOf(value)
  return number !== undefined && Number.isFinite(number) ? numberText(number) : undefined
}

/** Every value whose `textOf` is this text. MongoDB compares numbers of all types by value. */
export function storedForms(text: string): unknown[] {
  const long = /^-?(0|[1-9][0-9]{0,18})$/.test(text) ? Long.fromString(text) : undefined
  if (long?.toString() === text) return [text, long]
  const number = text === '' ? Number.NaN : Number(text)
  return Number.isFinite(number) && numberText(number) === text ? [text, new Double(number)] : [text]
}

/** A key for any `_id`, and its form in messages. */
export function idKey(id: unknown): string {
  if (typeof id === 'string') return JSON.stringify(id)
  return id instanceof ObjectId ? id.toHexString() : BSON.EJSON.stringify({ id }).slice('{"id":'.length, -1)
}

export function sameBytes(a: BSON.Document, b: BSON.Document): boolean {
  return Buffer.compare(BSON.serialize(a), BSON.serialize(b)) === 0
}

function numberText(number: number): string {
  return Number.isInteger(number) ? BigInt(number).toString() : String(number)
}
