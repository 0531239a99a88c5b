import { create, isFieldSet, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { describe, expect, it } from 'vitest'
import {
  ChatStreamSchema,
  GetAllStreamsResponseSchema,
  GetStreamResponseSchema,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Stream } from '../../src/domain/stream.ts'
import { toMessage } from '../../src/wire/convert.ts'
import { encodedBytes, encodedMessage, serialize, withFields, writableMessage } from '../../src/wire/encoded.ts'
import { FrameWriter } from '../../src/wire/frame-writer.ts'
import { decodeMessage, frames } from '../../src/wire/frames.ts'

const plain: Stream = {
  streamId: 'a544edeb1a9b73e3e1d77dff36e41264',
  platform: 'qq',
  accountId: '',
  scope: '',
  groupInfo: { platform: 'qq', groupId: '941657197', groupName: 'MaiBot' },
  createTime: 1690079200.1234567,
  lastActiveTime: 1740052419.4837174,
  labels: {},
  aliasIds: [],
}

const streams: Record<string, Stream> = {
  'a group': plain,
  'a group with a speaker and every field': {
    ...plain,
    accountId: '10001',
    scope: 's1',
    userInfo: { platform: 'qq', userId: '1', userNickname: '麦麦 🐾', userCardname: '' },
    labels: { note: 'x', empty: '' },
    aliasIds: ['one', 'two'],
    customName: '我们的 🐾',
    mergedChats: [
      { streamId: 'one', platform: 'qq', accountId: '10001', scope: 's', groupId: '' },
      { streamId: 'two', platform: 'telegram', accountId: '', scope: '', userId: '7' },
      { streamId: 'three', platform: '', accountId: '', scope: '' },
    ],
  },
  'a private chat without names': { ...plain, groupInfo: undefined, userInfo: { platform: 'qq', userId: '7' } },
  'a stream of neither': { ...plain, groupInfo: undefined },
  'names of 10 kB': { ...plain, groupInfo: { platform: 'qq', groupId: '1', groupName: '名'.repeat(3_413) } },
  'texts of 127, 128 and 16,384 bytes': {
    ...plain,
    accountId: 'a'.repeat(127),
    scope: 's'.repeat(128),
    labels: { long: 'l'.repeat(16_384) },
  },
  'more than the writer has room for at first': { ...plain, labels: { long: '名'.repeat(200_000) } },
  'a text of 2 MiB': { ...plain, labels: { long: 'l'.repeat(2 ** 21) } },
  'an id of 200 bytes': { ...plain, streamId: `${'名'.repeat(66)}ab` },
  'times before 1970': { ...plain, createTime: -1.5, lastActiveTime: -62135596800 },
  'the last second of the year 9999': { ...plain, lastActiveTime: 253402300799 },
  'a time at the epoch': { ...plain, createTime: 0, lastActiveTime: 0 },
  'a time a hair below a second': { ...plain, createTime: 1699999999.9999998 },
}

describe.each(Object.entries(streams))('the frame of %s', (_name, stream) => {
  it('has the bytes that protobuf-es writes', () => {
    const message = create(GetStreamResponseSchema, { stream: toMessage(stream) })
    expect(Buffer.from(frames.encode(stream))).toEqual(Buffer.from(toBinary(GetStreamResponseSchema, message)))
  })

  it('decodes to the same stream, times to the last bit', () => {
    expect(frames.decode(frames.encode(stream))).toEqual(stream)
    expect(frames.streamId(frames.encode(stream))).toBe(stream.streamId)
  })
})

it('a frame gives its stream id, however long it is and the id is', () => {
  for (let length = 0; length < 300; length++) {
    const stream = { ...plain, streamId: 's'.repeat((length % 255) + 1), scope: 'x'.repeat(length) }
    expect(frames.streamId(frames.encode(stream))).toBe(stream.streamId)
  }
})

it('a frame holds every field that a stream has in the contract', () => {
  const full = streams['a group with a speaker and every field']!
  const message = decodeMessage(frames.encode(full))
  const written = ChatStreamSchema.fields.filter((field) => isFieldSet(message, field)).map(({ name }) => name)
  expect(written).toEqual(ChatStreamSchema.fields.map(({ name }) => name))
})

describe('the writer of frames', () => {
  it.each([1, 15, 16, 2_047, 2_048, 536_870_911])('writes the tag of field %i', (no) => {
    const writer = new FrameWriter()
    const inner = writer.begin(no)
    writer.text(no, '麦'.repeat(100))
    writer.integer(no, -1)
    writer.integer(no, 2 ** 40)
    writer.end(inner)
    const expected = new BinaryWriter().tag(no, WireType.LengthDelimited).fork()
    expected.tag(no, WireType.LengthDelimited).string('麦'.repeat(100))
    expected.tag(no, WireType.Varint).int64(-1)
    expected.tag(no, WireType.Varint).int64(2 ** 40)
    expect(writer.finish()).toEqual(Buffer.from(expected.join().finish()))
  })
})

describe('the writer of frames, at the end of its room', () => {
  /** Texts of one letter, which take three bytes each, up to a number of bytes. */
  function fill(text: (no: number, text: string) => unknown, bytes: number): void {
    for (let used = 0; used < bytes; used += 3) text(1, 'a')
  }

  it.each(Array.from({ length: 12 }, (_, i) => 65_508 + 3 * i))('loses nothing of what follows %i bytes', (bytes) => {
    const values: [string, (writer: FrameWriter) => void, (writer: BinaryWriter) => void][] = [
      ['an integer', (w) => w.integer(3, -1), (w) => w.tag(3, WireType.Varint).int64(-1)],
      ['a zero', (w) => w.integer(3, 0), (w) => w.tag(3, WireType.Varint).int64(0)],
      [
        'a message',
        (w) => w.end(w.begin(536_870_911)),
        (w) => w.tag(536_870_911, WireType.LengthDelimited).fork().join(),
      ],
      [
        'messages in messages',
        (w) => {
          const starts = Array.from({ length: 9 }, () => w.begin(536_870_911))
          for (const start of starts.toReversed()) w.end(start)
        },
        (w) => {
          for (let i = 0; i < 9; i++) w.tag(536_870_911, WireType.LengthDelimited).fork()
          for (let i = 0; i < 9; i++) w.join()
        },
      ],
      ['a text', (w) => w.text(3, '名'), (w) => w.tag(3, WireType.LengthDelimited).string('名')],
    ]
    for (const [what, write, writeExpected] of values) {
      const writer = new FrameWriter()
      const expected = new BinaryWriter()
      fill((no, text) => writer.text(no, text), bytes)
      fill((no, text) => expected.tag(no, WireType.LengthDelimited).string(text), bytes)
      write(writer)
      writeExpected(expected)
      expect([what, writer.finish().equals(expected.finish())]).toEqual([what, true])
    }
  })
})

describe('the writer of frames, of messages within messages', () => {
  /** Twenty of them, each of which is as long as they all are together once it ends. */
  const DEPTH = 20

  it.each(Array.from({ length: 60 }, (_, i) => 65_536 - i))('loses nothing where they end at %i bytes', (end) => {
    const writer = new FrameWriter()
    const expected = new BinaryWriter()
    const starts = Array.from({ length: DEPTH }, () => writer.begin(1))
    for (let i = 0; i < DEPTH; i++) expected.tag(1, WireType.LengthDelimited).fork()
    const inner = '名'.repeat(Math.floor((end - 2 * DEPTH) / 6))
    const rest = 'a'.repeat(((end - 2 * DEPTH) / 2 - Buffer.byteLength(inner)) | 0)
    for (const text of [inner, inner, rest]) {
      writer.text(2, text)
      expected.tag(2, WireType.LengthDelimited).string(text)
    }
    for (const start of starts.toReversed()) {
      writer.end(start)
      expected.join()
    }
    expect(writer.finish().equals(expected.finish())).toBe(true)
  })
})

describe('an encoded message', () => {
  const frame = frames.encode(plain)
  const message = encodedMessage(GetStreamResponseSchema, frame)

  it('is written by protobuf-es as the bytes that it was made of', () => {
    const written = (bytes: Uint8Array) =>
      Buffer.from(toBinary(GetAllStreamsResponseSchema, writableMessage(GetAllStreamsResponseSchema, bytes)))
    expect(written(frame)).toEqual(Buffer.from(frame))
    expect(written(new Uint8Array())).toHaveLength(0)
  })

  it('is serialised without work', () => {
    expect(serialize(GetStreamResponseSchema, message)).toBe(frame)
    expect(encodedBytes(create(GetStreamResponseSchema))).toBeUndefined()
  })

  it('shows its fields on request', () => {
    expect(withFields(GetStreamResponseSchema, message).stream).toEqual(decodeMessage(frame))
    expect(withFields(GetStreamResponseSchema, message).stream).toEqual(create(ChatStreamSchema, toMessage(plain)))
  })
})
