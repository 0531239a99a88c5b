import { BSON, type Document, Long, ObjectId } from 'mongodb'
import { READ_OPTIONS } from './reading.ts'

/** The type bytes of BSON that the fields of nearly all documents have, and those that are passed over at no cost. */
const type = {
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  objectId: 7,
  bool: 8,
  date: 9,
  null: 10,
  int: 16,
  long: 18,
} as const
const EMPTY_BYTES = 5
const DOLLAR = 0x24

interface Field {
  readonly name: string
  readonly bytes: Buffer
  readonly within?: readonly Field[]
}

/** What `decode` looks at, in the order in which `encode` writes it. */
const STREAM_FIELDS: readonly Field[] = [
  field('_id'),
  field('stream_id'),
  field('platform'),
  field('user_info', ['platform', 'user_id', 'user_nickname', 'user_cardname']),
  field('group_info', ['platform', 'group_id', 'group_name']),
  field('create_time'),
  field('last_active_time'),
  field('account_id'),
  field('scope'),
  field('labels'),
  field('alias_ids'),
  field('position'),
  field('custom_name'),
  field('merged_chats'),
  field('merged_into'),
  field('delete_time'),
]

function field(name: string, within?: readonly string[]): Field {
  return { name, bytes: Buffer.from(name), ...(within && { within: within.map((inner) => field(inner)) }) }
}

/**
 * The fields of a stream in a document, in which `decode` finds the same stream as in all of its fields. A deserializer for any
 * document makes all names and all values anew, which counts at a million of them; documents with values of other types than
 * nearly all have are left to it.
 */
export function streamFields(bytes: Buffer): Document {
  return fieldsWithin(bytes, 0, STREAM_FIELDS) ?? deserialized(bytes)
}

/** All fields, as the driver hands them out. */
export function deserialized(bytes: Buffer): Document {
  const { enableUtf8Validation, ...options } = READ_OPTIONS
  return BSON.deserialize(bytes, { ...options, validation: { utf8: enableUtf8Validation } })
}

/** Undefined where a value takes the deserializer. */
function fieldsWithin(bytes: Buffer, start: number, fields: readonly Field[]): Document | undefined {
  const document: Document = {}
  let expected = 0
  let at = start + 4
  for (;;) {
    const valueType = bytes[at++]!
    if (valueType === 0) return document
    // A document with such a field may be a reference, which the deserializer makes something else of.
    if (bytes[at] === DOLLAR) return undefined
    const index = indexAt(bytes, at, fields, expected)
    const known = index < 0 ? undefined : fields[index]!
    if (known) expected = index + 1
    at = known ? at + known.bytes.length + 1 : bytes.indexOf(0, at) + 1
    const end = endOf(bytes, at, valueType)
    if (end === undefined) return undefined
    if (known) {
      const value =
        known.within && valueType === type.object
          ? fieldsWithin(bytes, at, known.within)
          : valueAt(bytes, at, end, valueType)
      if (value === undefined) return undefined
      document[known.name] = value
    }
    at = end
  }
}

/** Which of the fields has the name that begins here, looked for from the one on that is expected; -1 for none. */
function indexAt(bytes: Buffer, at: number, fields: readonly Field[], expected: number): number {
  for (let i = 0; i < fields.length; i++) {
    const index = (expected + i) % fields.length
    if (isNameAt(bytes, at, fields[index]!.bytes)) return index
  }
  return -1
}

function isNameAt(bytes: Buffer, at: number, name: Buffer): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false
  return bytes[at + name.length] === 0
}

function endOf(bytes: Buffer, at: number, valueType: number): number | undefined {
  switch (valueType) {
    case type.string:
      return at + 4 + bytes.readInt32LE(at)
    case type.object:
    case type.array:
      return at + bytes.readInt32LE(at)
    case type.double:
    case type.long:
    case type.date:
      return at + 8
    case type.int:
      return at + 4
    case type.objectId:
      return at + 12
    case type.bool:
      return at + 1
    case type.null:
      return at
    default:
      return undefined
  }
}

function valueAt(bytes: Buffer, at: number, end: number, valueType: number): unknown {
  switch (valueType) {
    case type.string:
      return bytes.toString('utf8', at + 4, end - 1)
    case type.double:
      return bytes.readDoubleLE(at)
    case type.int:
      return bytes.readInt32LE(at)
    case type.long:
      return new Long(bytes.readInt32LE(at), bytes.readInt32LE(at + 4))
    case type.objectId:
      return new ObjectId(bytes.subarray(at, end))
    case type.null:
      return null
    case type.array:
      return end - at === EMPTY_BYTES ? [] : undefined
    default:
      return undefined
  }
}
