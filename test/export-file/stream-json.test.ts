import { create, toJson } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { ChatStreamSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Stream } from '../../src/domain/stream.ts'
import { readLine, writeLine } from '../../src/export-file/stream-json.ts'
import { toMessage } from '../../src/wire/convert.ts'
import { STREAMS } from '../support/moved-streams.ts'
import { groupStream } from '../support/streams.ts'

/** Doubles between which there are others that the same nanosecond stands for. */
const BETWEEN_NANOSECONDS = [1e-10, 0.1 + 0.2, 1 / 3, -1 / 3, -5.000_000_000_1, 2 ** 20 + 1e-10]

const ODD: readonly Stream[] = [
  ...BETWEEN_NANOSECONDS.map((time) => groupStream('odd', { createTime: time, lastActiveTime: time })),
  groupStream('lone surrogates', { labels: { '\ud800': '\udc00' }, aliasIds: ['\udfff'] }),
  groupStream('inherited names', { labels: JSON.parse('{"__proto__": "a", "constructor": "b"}') }),
  groupStream('lines', { customName: 'one\ntwo\r\u2028three' }),
  groupStream('no platform', { userInfo: { platform: '', userId: '7' } }),
]

function lineOf(stream: Stream, position = 7) {
  return JSON.parse(writeLine({ position, streamId: stream.streamId, stream }))
}

describe('the line of a stream', () => {
  it('has the stream as protobuf writes it in JSON', () => {
    for (const stream of STREAMS) {
      expect(lineOf(stream).stream).toEqual(toJson(ChatStreamSchema, create(ChatStreamSchema, toMessage(stream))))
    }
  })

  it('gives back all that it was written from', () => {
    for (const stream of [...STREAMS, ...ODD]) {
      expect(readLine(lineOf(stream))).toEqual({ position: 7, streamId: stream.streamId, stream })
    }
  })

  it('is one line', () => {
    for (const stream of ODD) expect(writeLine({ position: 1, streamId: '', stream })).not.toMatch(/[\n\r]/)
  })

  it.each([
    ['another name', { customName: 'another' }, /stream\.etag is ".*", and that of the rest /],
    ['another time', { createTime: '2020-01-01T00:00:00Z' }, /stream\.etag/],
    ['no etag', { etag: undefined }, /stream\.etag is "", and that of the rest /],
    [
      'a field of a newer release',
      { mood: 'good' },
      /stream\.mood is not known here; was it written by a newer chatapi/,
    ],
    ['a number for a text', { scope: 5 }, /stream\.scope is no text/],
    ['no id', { streamId: undefined }, /stream\.streamId is missing/],
    ['a time that is none', { createTime: '2020-13-01T00:00:00Z' }, /stream\.createTime is no time such as/],
    ['a label that is no text', { labels: { a: 1 } }, /stream\.labels holds what is no text/],
    ['aliases that are no list', { aliasIds: 'a' }, /stream\.aliasIds is no list of texts/],
    ['a user that is no object', { userInfo: 'Mai' }, /stream\.userInfo is no object/],
  ])('is refused with %s', (_what, change, why) => {
    const line = lineOf(groupStream('a'))
    const changed = JSON.parse(JSON.stringify({ ...line, stream: { ...line.stream, ...change } }))
    expect(() => readLine(changed)).toThrow(why)
  })

  it('is refused without a position that is one', () => {
    const line = lineOf(groupStream('a'))
    expect(() => readLine({ ...line, position: undefined })).toThrow(/position is missing/)
    for (const position of ['-1', '1.5', '99999999999999999']) {
      expect(() => readLine({ ...line, position })).toThrow(/position is no whole number/)
    }
  })
})
