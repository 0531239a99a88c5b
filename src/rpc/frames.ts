import { fromBinary } from '@bufbuild/protobuf'
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { type ChatStream, ChatStreamSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Frame, FrameCodec } from '../directory/reader.ts'
import { etagOf } from '../domain/etag.ts'
import { displayName, type Stream, streamType } from '../domain/stream.ts'
import { fromMessage, splitTime, toTypeMessage } from './convert.ts'

/** The number that `stream` and `streams` have in every answer, which is what lets one frame serve all of them. */
export const STREAM_FIELD = 1

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
} as const

/** Shared: `finish` resets it, and its buffer then serves the next frame. Nothing that is written can fail half-way. */
const writer = new BinaryWriter()

/**
 * A frame is a `ChatStream` as field 1 of an answer: its tag, its length, its bytes.
 *
 * Frames are written by hand, field by field: loading a directory encodes every stream, and protobuf-es' reflective writer
 * takes several times as long. test/rpc/frames.test.ts holds the bytes equal to those of the reflective writer.
 */
export const frames: FrameCodec = {
  encode(stream) {
    writer.tag(STREAM_FIELD, WireType.LengthDelimited).fork()
    writeStream(stream)
    return writer.join().finish()
  },

  decode(frame) {
    return fromMessage(decodeMessage(frame))
  },

  streamId(frame) {
    const reader = openFrame(frame)
    reader.tag()
    return reader.string()
  },
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
    writer.tag(field.userInfo, WireType.LengthDelimited).fork()
    writeText(1, userInfo.platform)
    writeText(2, userInfo.userId)
    writeOptionalText(3, userInfo.userNickname)
    writeOptionalText(4, userInfo.userCardname)
    writer.join()
  }
  if (groupInfo) {
    writer.tag(field.groupInfo, WireType.LengthDelimited).fork()
    writeText(1, groupInfo.platform)
    writeText(2, groupInfo.groupId)
    writeOptionalText(3, groupInfo.groupName)
    writer.join()
  }
  writeTime(field.createTime, stream.createTime)
  writeTime(field.lastActiveTime, stream.lastActiveTime)
  writeText(field.accountId, stream.accountId)
  writeText(field.scope, stream.scope)
  writer.tag(field.type, WireType.Varint).int32(toTypeMessage(streamType(stream)))
  writeText(field.displayName, displayName(stream))
  for (const key in labels) {
    writer.tag(field.labels, WireType.LengthDelimited).fork()
    writeOptionalText(1, key)
    writeOptionalText(2, labels[key])
    writer.join()
  }
  for (const aliasId of stream.aliasIds) writeOptionalText(field.aliasIds, aliasId)
  writeText(field.etag, etagOf(stream))
}

/** A field without presence: empty is absent. */
function writeText(no: number, text: string): void {
  if (text !== '') writer.tag(no, WireType.LengthDelimited).string(text)
}

/** A field with presence. */
function writeOptionalText(no: number, text: string | undefined): void {
  if (text !== undefined) writer.tag(no, WireType.LengthDelimited).string(text)
}

function writeTime(no: number, time: number): void {
  const { seconds, nanos } = splitTime(time)
  writer.tag(no, WireType.LengthDelimited).fork()
  if (seconds !== 0) writeInt64(1, seconds)
  if (nanos !== 0) writer.tag(2, WireType.Varint).int32(nanos)
  writer.join()
}

function writeInt64(no: number, value: number): void {
  writer.tag(no, WireType.Varint)
  // The same bytes, without a detour through BigInt.
  if (value >= 0 && value < 2 ** 32) writer.uint32(value)
  else writer.int64(value)
}
