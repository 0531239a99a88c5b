import {
  create,
  type DescField,
  type DescMessage,
  type DescMethod,
  type Message,
  ScalarType,
  toJsonString,
} from '@bufbuild/protobuf'
import fc, { type Arbitrary } from 'fast-check'
import { ChatApi } from '../../../gen/ts/chatapi/v1/chat_api_pb.js'
import { Health } from '../../../gen/ts/grpc/health/v1/health_pb.js'
import { ServerReflection } from '../../../gen/ts/grpc/reflection/v1/reflection_pb.js'

export interface Question {
  readonly path: string
  readonly method: DescMethod
  readonly message: Message
}

const METHODS: readonly DescMethod[] = [
  ...ChatApi.methods,
  ...ChatApi.methods,
  ...Health.methods,
  ...ServerReflection.methods,
]
/** `ChatStream` holds messages that hold messages; deeper ones are made of bytes. */
const MAX_DEPTH = 4

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('qq', '1001', 'telegram', '1', 'Mai', '7', '') },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 70_000 }).map((length) => 'x'.repeat(length)) },
)

/** A question that the contract knows, with values that it may refuse. */
export const question: Arbitrary<Question> = fc
  .constantFrom(...METHODS)
  .chain((method) => messageOf(method.input, MAX_DEPTH).map((message) => ({ path: pathOf(method), method, message })))

export function questionOf(...names: readonly string[]): Arbitrary<Question> {
  const methods = ChatApi.methods.filter(({ name }) => names.includes(name))
  return fc
    .constantFrom(...methods)
    .chain((method) => messageOf(method.input, MAX_DEPTH).map((message) => ({ path: pathOf(method), method, message })))
}

/** The message in JSON; where JSON cannot hold it, as with a time of the year 10,000, an empty one. */
export function jsonOf(schema: DescMessage, message: Message): Buffer {
  try {
    return Buffer.from(toJsonString(schema, message))
  } catch {
    return Buffer.from('{}')
  }
}

export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`
}

export const path: Arbitrary<string> = fc.constantFrom(...METHODS.map(pathOf))

function messageOf(schema: DescMessage, depth: number): Arbitrary<Message> {
  return initOf(schema, depth).map((init) => create(schema, init))
}

type Init = Record<string, unknown>

function initOf(schema: DescMessage, depth: number): Arbitrary<Init> {
  const members = schema.members.map((member) =>
    member.kind === 'oneof'
      ? fc.oneof(
          ...member.fields.map((field) => fieldValue(field, depth).map((value) => ({ case: field.localName, value }))),
        )
      : fieldValue(member, depth),
  )
  const all = Object.fromEntries(schema.members.map(({ localName }, index) => [localName, members[index]!]))
  return fc.record(all, { requiredKeys: [] })
}

function fieldValue(field: DescField, depth: number): Arbitrary<unknown> {
  switch (field.fieldKind) {
    case 'list':
      return fc.array(listed(field, depth), { maxLength: 5 })
    case 'map':
      return fc.dictionary(text, text, { maxKeys: 5 })
    case 'message':
      return nested(field.message, depth)
    case 'enum':
      return enumerated
    case 'scalar':
      return scalar(field.scalar)
  }
}

const enumerated = fc.integer({ min: -1, max: 5 })

function listed(field: DescField & { fieldKind: 'list' }, depth: number): Arbitrary<unknown> {
  switch (field.listKind) {
    case 'message':
      return nested(field.message, depth)
    case 'enum':
      return enumerated
    case 'scalar':
      return scalar(field.scalar)
  }
}

function nested(schema: DescMessage, depth: number): Arbitrary<Init> {
  return depth > 0 ? initOf(schema, depth - 1) : fc.constant({})
}

function scalar(type: ScalarType): Arbitrary<unknown> {
  switch (type) {
    case ScalarType.BOOL:
      return fc.boolean()
    case ScalarType.INT32:
      return fc.oneof(fc.constantFrom(0, 1, 10, 10_000, 2 ** 31 - 1, -1, -(2 ** 31)), fc.integer())
    case ScalarType.INT64:
      return fc.oneof(fc.constantFrom(0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 64 })
    default:
      return text
  }
}
