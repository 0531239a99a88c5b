import { createRegistry } from '@bufbuild/protobuf'
import { AnySchema, DurationSchema } from '@bufbuild/protobuf/wkt'
import { describe, expect, it } from 'vitest'
import { OpenStreamRequestSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { decodeBinary, decodeJson } from '../../src/wire/decode.ts'

const malformed = (message: RegExp) =>
  expect.objectContaining({
    reason: 'MALFORMED_REQUEST',
    message: expect.stringMatching(message),
    cause: expect.any(Error),
  })

describe('a request that cannot be read', () => {
  it.each<[string, string, RegExp]>([
    ['text that is no JSON', '{"platform":', /^the request is not valid JSON: /],
    ['text', '"qq"', /^the request is no JSON object: /],
    ['a number', '7', /^the request is no JSON object: /],
    ['null', 'null', /^the request is no JSON object: /],
    ['a list', '[]', /^the request is no JSON object: /],
    ['a field of another type', '{"groupId":"1","platform":[]}', /^the field "platform" of the request is wrong: /],
    ['a group and a user twice', '{"groupId":"1","group_id":"2"}', /^the request is not a valid chatapi/],
  ])('says what is wrong with %s', (_what, text, message) => {
    expect(() => decodeJson(OpenStreamRequestSchema, Buffer.from(text))).toThrow(malformed(message))
  })

  it('is JSON whose text is not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"platform":"'), Buffer.from([0xff]), Buffer.from('"}')])
    expect(() => decodeJson(OpenStreamRequestSchema, bytes)).toThrow(malformed(/^the request is not valid JSON: /))
  })

  it('is one of another kind in protobuf, and named as what was expected', () => {
    expect(() => decodeBinary(OpenStreamRequestSchema, Buffer.from([0xff, 0xff]))).toThrow(
      malformed(/^the request is not a valid chatapi\.v1\.OpenStreamRequest in protobuf: /),
    )
  })
})

describe('a request in JSON', () => {
  const bytes = Buffer.from('{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}')

  it('may hold any message of a type that is known', () => {
    const { typeUrl } = decodeJson(AnySchema, bytes, createRegistry(DurationSchema))
    expect(typeUrl).toBe('type.googleapis.com/google.protobuf.Duration')
  })

  it('is refused where it holds one of a type that is not', () => {
    expect(() => decodeJson(AnySchema, bytes)).toThrow(malformed(/Duration/))
  })
})
