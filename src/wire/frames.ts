import { fromBinary } from '@bufbuild/protobuf'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import { type ChatStream, ChatStreamSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Frame, FrameCodec } from '../directory/rows.ts'
import { displayName } from '../domain/display-name.ts'
import { etagOf } from '../domain/etag.ts'
import { type Stream, streamType } from '../domain/stream.ts'
import { splitTime } from '../domain/timestamp.ts'
import { fromMessage, toTypeMessage } from './convert.ts'
import { FrameWriter } from './frame-writer.ts'

/** The number that `stream` and `streams` have in every answer, which is what lets one frame serve all of them. */
const STREAM_FIELD = 1

const field = {
  streamId: 1,
  platform: 2,
  userInfo: 3,
  groupInfo: 4,
  createTime: 5,
  lastActiveTime: 6,
  accountId: 7,
  scope: 8,
  type: 9,
  displayName: 10,
  labels: 11,
  aliasIds: 12,
  etag: 13,
  customName: 14,
  mergedChats: 15,
} as const

/** Shared: `finish` starts it anew. Nothing that is written can fail half-way. */
const writer = new FrameWriter()

/**
 * A frame is a `ChatStream` as field 1 of an answer: its tag, its length, its bytes.
 *
 * Frames are written by hand, field by field, since loading a directory encodes every stream.
 * test/wire/frames.test.ts holds the bytes equal to those that protobuf-es writes.
 */
export const frames: FrameCodec = {
  encode(stream) {
    const start = writer.begin(STREAM_FIELD)
    writeStream(stream)
    writer.end(start)
    return writer.finish()
  },

  decode(frame) {
    return fromMessage(decodeMessage(frame))
  },

  // By hand, since each lookup by id comes here: behind the tag and the length of the message stand those of the id.
  streamId(frame) {
    const inner = behindVarint(frame, 1)
    const start = behindVarint(frame, inner + 1)
    const [low, high] = [frame[inner + 1]!, frame[inner + 2]!]
    const length = low < 0x80 ? low : (low & 0x7f) | (high << 7)
    const bytes = Buffer.isBuffer(frame) ? frame : Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
    return bytes.toString('utf8', start, start + length)
  },

  etag: (frame) => textOf(frame, field.etag),
}

/** The text of a field of the stream, which comes once; empty where it is absent. */
function textOf(frame: Frame, no: number): string {
  const reader = openFrame(frame)
  while (reader.pos < reader.len) {
    const [found, wireType] = reader.tag()
    if (found === no) return reader.string()
    reader.skip(wireType)
  }
  return ''
}

function behindVarint(bytes: Uint8Array, at: number): number {
  let index = at
  while (bytes[index]! >= 0x80) index++
  return index + 1
}

export function decodeMessage(frame: Frame): ChatStream {
  const reader = openFrame(frame)
  return fromBinary(ChatStreamSchema, frame.subarray(reader.pos))
}

function openFrame(frame: Frame): BinaryReader {
  const reader = new BinaryReader(frame)
  reader.tag()
  reader.uint32()
  return reader
}

function writeStream(stream: Stream): void {
  const { userInfo, groupInfo, labels } = stream
  writeText(field.streamId, stream.streamId)
  writeText(field.platform, stream.platform)
  if (userInfo) {
    const start = writer.begin(field.userInfo)
    writeText(1, userInfo.platform)
    writeText(2, userInfo.userId)
    writeOptionalText(3, userInfo.userNickname)
    writeOptionalText(4, userInfo.userCardname)
    writer.end(start)
  }
  if (groupInfo) {
    const start = writer.begin(field.groupInfo)
    writeText(1, groupInfo.platform)
    writeText(2, groupInfo.groupId)
    writeOptionalText(3, groupInfo.groupName)
    writer.end(start)
  }
  writeTime(field.createTime, stream.createTime)
  writeTime(field.lastActiveTime, stream.lastActiveTime)
  writeText(field.accountId, stream.accountId)
  writeText(field.scope, stream.scope)
  writer.integer(field.type, toTypeMessage(streamType(stream)))
  writeText(field.displayName, displayName(stream))
  for (const key in labels) {
    const start = writer.begin(field.labels)
    writer.text(1, key)
    writeOptionalText(2, labels[key])
    writer.end(start)
  }
  for (const aliasId of stream.aliasIds) writer.text(field.aliasIds, aliasId)
  writeText(field.etag, etagOf(stream))
  writeText(field.customName, stream.customName ?? '')
  for (const chat of stream.mergedChats ?? []) {
    const start = writer.begin(field.mergedChats)
    writeText(1, chat.streamId)
    writeText(2, chat.platform)
    writeText(3, chat.accountId)
    writeText(4, chat.scope)
    writeOptionalText(5, chat.groupId)
    writeOptionalText(6, chat.userId)
    writer.end(start)
  }
}

/** A field without presence: empty is absent. */
function writeText(no: number, text: string): void {
  if (text !== '') writer.text(no, text)
}

/** A field with presence. */
function writeOptionalText(no: number, text: string | undefined): void {
  if (text !== undefined) writer.text(no, text)
}

function writeTime(no: number, time: number): void {
  const { seconds, nanos } = splitTime(time)
  const start = writer.begin(no)
  if (seconds !== 0) writer.integer(1, seconds)
  if (nanos !== 0) writer.integer(2, nanos)
  writer.end(start)
}
