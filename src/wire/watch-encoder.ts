import { create, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import {
  ChangeKind as KindMessage,
  WatchBookmarkSchema,
  WatchOpenedSchema,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Frame } from '../directory/rows.ts'
import type { ChangeKind, SeenChange } from '../directory/watch/changes.ts'
import type { WatchEncoder } from '../directory/watch/watches.ts'
import { formatRevision } from '../domain/revision.ts'

/** Fields of `WatchStreamsResponse`. */
const event = { opened: 1, snapshot: 2, commit: 3, bookmark: 4 } as const
const RESUME_TOKEN_FIELD = 5

/** Of one message; a single larger change still comes. */
const MAX_BYTES = 192 * 1024

const MS_PER_SECOND = 1_000
const NANOS_PER_MS = 1_000_000

const PREVIOUS_TAG = (4 << 3) | WireType.LengthDelimited

const kindMessages: Readonly<Record<ChangeKind, KindMessage>> = {
  opened: KindMessage.OPENED,
  updated: KindMessage.UPDATED,
  deleted: KindMessage.DELETED,
  merged: KindMessage.MERGED,
  entered: KindMessage.ENTERED,
  left: KindMessage.LEFT,
}

/** Writes what watchers are told, as messages of the contract. Streams are frames already. */
export const watchEncoder: WatchEncoder = {
  opened({ directoryId, revision, heartbeatMs, oldestRevision }, token) {
    const message = create(WatchOpenedSchema, {
      directoryId,
      revision: formatRevision(revision),
      heartbeat: {
        seconds: BigInt(Math.floor(heartbeatMs / MS_PER_SECOND)),
        nanos: (heartbeatMs % MS_PER_SECOND) * NANOS_PER_MS,
      },
      oldestRevision: oldestRevision === undefined ? '' : formatRevision(oldestRevision),
    })
    return response(event.opened, toBinary(WatchOpenedSchema, message), token)
  },

  snapshot(frames, positions) {
    const tail = new BinaryWriter().tag(2, WireType.LengthDelimited).fork()
    for (const position of positions) tail.int64(position)
    return response(event.snapshot, Buffer.concat([...frames, tail.join().finish()]), undefined)
  },

  commit(changes, revision, token) {
    const parts: Uint8Array[][] = [[]]
    let bytes = 0
    for (const change of changes) {
      const encoded = encodeChange(change)
      if (bytes + encoded.byteLength > MAX_BYTES && bytes > 0) {
        parts.push([])
        bytes = 0
      }
      parts.at(-1)!.push(encoded)
      bytes += encoded.byteLength
    }
    return parts.map((part, index) => {
      const isLast = index === parts.length - 1
      const tail = new BinaryWriter().tag(2, WireType.LengthDelimited).string(formatRevision(revision))
      if (!isLast) tail.tag(3, WireType.Varint).bool(true)
      return response(event.commit, Buffer.concat([...part, tail.finish()]), isLast ? token : undefined)
    })
  },

  bookmark({ revision, isSnapshotComplete, digest }, token) {
    const message = create(WatchBookmarkSchema, {
      revision: formatRevision(revision),
      snapshotComplete: isSnapshotComplete,
      matching: BigInt(digest.matching),
      digest: digest.value,
    })
    return response(event.bookmark, toBinary(WatchBookmarkSchema, message), token)
  },
}

function encodeChange({ kind, streamId, frame, previous, mergedInto, position }: SeenChange): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).fork()
  if (frame) writer.raw(frame)
  writer.tag(2, WireType.Varint).int32(kindMessages[kind])
  writer.tag(3, WireType.LengthDelimited).string(streamId)
  if (previous) writer.raw(asPrevious(previous))
  if (mergedInto !== undefined) writer.tag(5, WireType.LengthDelimited).string(mergedInto)
  if (position) writer.tag(6, WireType.Varint).int64(position)
  return writer.join().finish()
}

/** A frame is field 1 of a message, by its first byte. */
function asPrevious(frame: Frame): Uint8Array {
  const copy = Buffer.from(frame)
  copy[0] = PREVIOUS_TAG
  return copy
}

function response(field: number, body: Uint8Array, token: string | undefined): Uint8Array {
  const head = new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(body.byteLength).finish()
  if (token === undefined) return Buffer.concat([head, body])
  return Buffer.concat([
    head,
    body,
    new BinaryWriter().tag(RESUME_TOKEN_FIELD, WireType.LengthDelimited).string(token).finish(),
  ])
}
