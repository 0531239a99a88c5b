import { create, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { OpenStreamRequestSchema, RecordActivityRequestSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { validate } from '../../src/rpc/validate.ts'
import { decodeBinary, decodeJson } from '../../src/wire/decode.ts'

const tooLarge = expect.objectContaining({ reason: 'MESSAGE_TOO_LARGE' })
const json = (value: unknown) => Buffer.from(JSON.stringify(value))

describe('a request of very many fields is refused before anything is made of it', () => {
  it('where they are items of a list', () => {
    const bytes = Buffer.alloc(4 * 2 ** 20, Buffer.from([0x0a, 0x00]))
    expect(() => decodeBinary(RecordActivityRequestSchema, bytes)).toThrow(tooLarge)
    const activities = Array.from({ length: 100_001 }, () => ({}))
    expect(() => decodeJson(RecordActivityRequestSchema, json({ activities }))).toThrow(tooLarge)
  })

  it('where they are one more than it may have', () => {
    const request = (count: number) => Buffer.alloc(2 * count, Buffer.from([0x0a, 0x00]))
    expect(() => decodeBinary(RecordActivityRequestSchema, request(25_000))).not.toThrow(tooLarge)
    expect(() => decodeBinary(RecordActivityRequestSchema, request(25_001))).toThrow(tooLarge)
  })

  it('where they are within a message of it', () => {
    const many = Buffer.alloc(300_000, Buffer.from([0x10, 0x00]))
    const activity = Buffer.concat([Buffer.from([0x0a, 0xe0, 0xa7, 0x12]), many])
    expect(() => decodeBinary(RecordActivityRequestSchema, activity)).toThrow(tooLarge)
  })

  it('where each message of it has some, and only all together have too many', () => {
    const some = Buffer.alloc(10_000, Buffer.from([0x10, 0x00]))
    const activity = Buffer.concat([Buffer.from([0x0a, 0x90, 0x4e]), some])
    const request = (count: number) => Buffer.concat(Array(count).fill(activity))
    expect(() => decodeBinary(RecordActivityRequestSchema, request(4))).not.toThrow(tooLarge)
    expect(() => decodeBinary(RecordActivityRequestSchema, request(6))).toThrow(tooLarge)
  })

  it('where they are entries of a map, or unknown', () => {
    const labels = Object.fromEntries(Array.from({ length: 100_001 }, (_, index) => [`${index}`, '']))
    expect(() =>
      decodeBinary(
        OpenStreamRequestSchema,
        toBinary(OpenStreamRequestSchema, create(OpenStreamRequestSchema, { labels })),
      ),
    ).toThrow(tooLarge)
    expect(() => decodeJson(OpenStreamRequestSchema, json({ labels }))).toThrow(tooLarge)
    const unknown = Buffer.alloc(330_000, Buffer.from([0xa0, 0x06, 0x00]))
    expect(() => decodeBinary(OpenStreamRequestSchema, unknown)).toThrow(tooLarge)
  })
})

describe('JSON that is costly to parse is refused before it is', () => {
  const half = 2 * 2 ** 20
  it.each([
    ['brackets in brackets', Buffer.from(`{"a":${'['.repeat(half)}${']'.repeat(half)}}`)],
    ['a list of millions', Buffer.from(`[0${',0'.repeat(half)}]`)],
    ['commas that are in no list', Buffer.alloc(half, ',')],
    [
      'more members than any list or map may have',
      json(Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [i, '']))),
    ],
  ])('%s', (_what, bytes) => {
    expect(() => decodeJson(OpenStreamRequestSchema, bytes)).toThrow(tooLarge)
  })

  /** A request of one unknown field, and long enough to be looked through. */
  const holding = (inner: string) => Buffer.from(`{"b":"${'x'.repeat(16_384)}","a":${inner}}`)
  const list = (length: number) => `[${Array(length).fill('0').join()}]`
  const lists = (...lengths: number[]) => `[${lengths.map(list).join()}]`

  // Each object and list counts as a value, and each comma.
  it.each([
    ['brackets that are as deep as messages may be', `${'['.repeat(99)}${']'.repeat(99)}`],
    ['brackets of which many are opened and closed again', `[${Array(5_000).fill('[[0]]').join()}]`],
    ['as many values as a request may have', lists(10_000, 10_000, 4_995)],
    ['as many values of which the last is a list', lists(10_000, 10_000, 4_993, 0)],
  ])('but not %s', (_what, inner) => {
    expect(() => decodeJson(OpenStreamRequestSchema, holding(inner))).not.toThrow(tooLarge)
  })

  it.each([
    ['brackets one deeper than messages may be', `${'['.repeat(100)}${']'.repeat(100)}`, '100 deep'],
    ['a list one longer than any may be', list(10_001), '10000 members'],
    ['one value more than a request may have', lists(10_000, 10_000, 4_996), '25000 fields'],
    ['one list more than a request may have', lists(10_000, 10_000, 4_994, 0), '25000 fields'],
    ['text that ends with a backslash', `["\\\\",${list(10_001)}]`, '10000 members'],
    ['text that ends with a quote', `["\\\\\\"",${list(10_001)}]`, '10000 members'],
  ])('as is one of %s, and says so', (_what, inner, message) => {
    expect(() => decodeJson(OpenStreamRequestSchema, holding(inner))).toThrow(
      expect.objectContaining({ reason: 'MESSAGE_TOO_LARGE', message: expect.stringContaining(message) }),
    )
  })

  it('and a short request is not looked through, which cannot have so many', () => {
    const bytes = Buffer.from(`{"a":${'['.repeat(200)}${']'.repeat(200)}}`)
    expect(() => decodeJson(OpenStreamRequestSchema, bytes)).not.toThrow(tooLarge)
  })

  it.each([
    ['commas and brackets', ',[{'.repeat(100_000)],
    ['escapes', '\\"\\'.repeat(100_000)],
  ])('but not a long text, be it of %s', (_what, text) => {
    expect(decodeJson(OpenStreamRequestSchema, json({ platform: text })).platform).toBe(text)
  })

  it('and a text that does not end is refused as no JSON', () => {
    const bytes = Buffer.from(`{"platform":"${'\\"'.repeat(100_000)}`)
    expect(() => decodeJson(OpenStreamRequestSchema, bytes)).toThrow(
      expect.objectContaining({ reason: 'MALFORMED_REQUEST' }),
    )
  })
})

it('a full batch of activities with every field is taken', () => {
  const activities = Array.from({ length: 1_000 }, (_, index) => ({
    platform: 'qq',
    accountId: 'account',
    scope: 'scope',
    userInfo: { platform: 'qq', userId: `${index}`, userNickname: 'n'.repeat(1_000), userCardname: 'c'.repeat(1_000) },
    groupInfo: { platform: 'qq', groupId: `${index}`, groupName: 'g'.repeat(1_000) },
    activeTime: { seconds: 1n, nanos: 1 },
  }))
  const request = create(RecordActivityRequestSchema, { activities })
  const decoded = decodeBinary(RecordActivityRequestSchema, toBinary(RecordActivityRequestSchema, request))
  validate(RecordActivityRequestSchema, decoded)
  expect(decoded.activities).toHaveLength(1_000)
})

it('a list that is too long is refused with its first fault only', () => {
  const request = create(RecordActivityRequestSchema, { activities: Array.from({ length: 50_000 }, () => ({})) })
  expect(() => validate(RecordActivityRequestSchema, request)).toThrow(
    expect.objectContaining({ reason: 'INVALID_FIELD', violations: [expect.anything()] }),
  )
})
