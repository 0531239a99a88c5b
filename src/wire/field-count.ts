import type { DescMessage } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { ChatApiError } from '../domain/errors.ts'

/**
 * The fields of a request, those within its messages counted in. A full batch of activities has about 15,000. A message of
 * the size allowed could have millions, and keep everyone else waiting while each becomes an object.
 */
const MAX_FIELDS = 25_000
/** The members of one object or list of JSON; those of a map cost most of all. The contract allows at most 1,000. */
const MAX_MEMBERS = 10_000
/** How deep JSON may be nested: as protobuf, whose messages are never as deep. */
const MAX_DEPTH = 100
/** Requests up to this size cannot have so many that it matters, and are not looked through. */
const SMALL_BYTES = 16_384

/** Throws MESSAGE_TOO_LARGE for a request of too many fields, before anything is made of it. */
export function assertFewFields(schema: DescMessage, bytes: Uint8Array): void {
  if (bytes.length > SMALL_BYTES) countFields(schema, new BinaryReader(bytes), bytes.length, 0)
}

/** The same for JSON, before it is parsed; whether it is valid is for the parser to say. */
export function assertFewValues(bytes: Uint8Array): void {
  if (bytes.length <= SMALL_BYTES) return
  /** The members of the objects and lists around the place that is looked at. */
  const members: number[] = [0]
  let count = 0
  for (let index = 0; index < bytes.length; index++) {
    switch (bytes[index]) {
      case QUOTE:
        index = endOfString(bytes, index)
        break
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (members.length > MAX_DEPTH) throw tooDeep()
        members.push(1)
        if (++count > MAX_FIELDS) throw tooMany(MAX_FIELDS)
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (members.length > 1) members.pop()
        break
      case COMMA:
        if (++members[members.length - 1]! > MAX_MEMBERS) throw tooMany(MAX_MEMBERS)
        if (++count > MAX_FIELDS) throw tooMany(MAX_FIELDS)
    }
  }
}

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** The index of the quote that ends the string begun at `start`; the end of the text where none does. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let end = bytes.indexOf(QUOTE, start + 1); end >= 0; end = bytes.indexOf(QUOTE, end + 1)) {
    let backslashes = 0
    while (bytes[end - 1 - backslashes] === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return end
  }
  return bytes.length
}

function countFields(schema: DescMessage, reader: BinaryReader, end: number, before: number): number {
  const messages = messageFields(schema)
  let count = before
  while (reader.pos < end) {
    const [no, wireType] = reader.tag()
    if (++count > MAX_FIELDS) throw tooMany(MAX_FIELDS)
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

function tooMany(limit: number): ChatApiError {
  const what = limit === MAX_MEMBERS ? `${MAX_MEMBERS} members in one object or list` : `${MAX_FIELDS} fields`
  return new ChatApiError('MESSAGE_TOO_LARGE', `the request has more than ${what}`)
}

function tooDeep(): ChatApiError {
  return new ChatApiError('MESSAGE_TOO_LARGE', `the request is nested more than ${MAX_DEPTH} deep`)
}
