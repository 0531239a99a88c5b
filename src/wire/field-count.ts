import type { DescMessage, JsonValue } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { ChatApiError } from '../domain/errors.ts'

/**
 * The fields of a request, those within its messages counted in. A full batch of activities has about 15,000. A message of
 * the size allowed could have millions, and hold up the server for seconds while each becomes an object.
 */
const MAX_FIELDS = 100_000
/** Requests up to this size cannot have so many that it matters, and are not looked through. */
const SMALL_BYTES = 65_536

/** Throws MESSAGE_TOO_LARGE for a request of too many fields, before anything is made of it. */
export function assertFewFields(schema: DescMessage, bytes: Uint8Array): void {
  if (bytes.length > SMALL_BYTES) countFields(schema, new BinaryReader(bytes), bytes.length, 0)
}

/** The same for JSON, once it is parsed and before it is decoded. */
export function assertFewValues(value: JsonValue): void {
  let count = 0
  const open = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue
    const values = Array.isArray(next) ? next : Object.values(next)
    count += values.length
    if (count > MAX_FIELDS) throw tooMany()
    open.push(...values.filter((inner) => typeof inner === 'object'))
  }
}

function countFields(schema: DescMessage, reader: BinaryReader, end: number, before: number): number {
  const messages = messageFields(schema)
  let count = before
  while (reader.pos < end) {
    const [no, wireType] = reader.tag()
    if (++count > MAX_FIELDS) throw tooMany()
    const inner = wireType === WireType.LengthDelimited ? messages.get(no) : undefined
    if (inner) count = countFields(inner, reader, reader.uint32() + reader.pos, count)
    else reader.skip(wireType, no)
  }
  return count
}

const known = new WeakMap<DescMessage, ReadonlyMap<number, DescMessage>>()

function messageFields(schema: DescMessage): ReadonlyMap<number, DescMessage> {
  let fields = known.get(schema)
  if (!fields) {
    fields = new Map(schema.fields.flatMap(({ number, message }) => (message ? [[number, message] as const] : [])))
    known.set(schema, fields)
  }
  return fields
}

function tooMany(): ChatApiError {
  return new ChatApiError('MESSAGE_TOO_LARGE', `the request has more than ${MAX_FIELDS} fields`)
}
