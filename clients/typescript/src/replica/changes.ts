import { ChangeKind, type ChatStream, type StreamChange } from '../../gen/chatapi/v1/chat_api_pb.js'
import type { Copy } from './copy.ts'

/** What became of one stream of a replica. */
export interface ReplicaChange {
  /** What happened, as the filter has it. */
  readonly kind: ChangeKind
  readonly streamId: string
  /** What it was; undefined where the replica had none. */
  readonly before: ChatStream | undefined
  /** What it is; undefined where it is gone, from the directory or from the filter. */
  readonly after: ChatStream | undefined
  /** The stream that it is a part of now, where it was merged. */
  readonly mergedIntoStreamId: string
  /** The revision from which on it is so. */
  readonly revision: string
  /**
   * Whether this was found by comparing two snapshots, since what happened in between could not be told: several changes may
   * have become one, and what is gone is `DELETED`, whatever became of it.
   */
  readonly isInferred: boolean
}

/** Takes in a commit. What changed nothing is no change. */
export function applied(copy: Copy, changes: readonly StreamChange[], revision: bigint): ReplicaChange[] {
  const found: ReplicaChange[] = []
  for (const { stream, kind, streamId, mergedIntoStreamId, position } of changes) {
    const before = stream ? copy.put(stream, Number(position)) : copy.delete(streamId)
    if (before?.etag === stream?.etag) continue
    const facts = { kind, streamId, before, after: stream, mergedIntoStreamId }
    found.push({ ...facts, revision: String(revision), isInferred: false })
  }
  return found
}

/** What has to have happened between two snapshots. */
export function differences(old: Copy, current: Copy, revision: bigint): ReplicaChange[] {
  const found: ReplicaChange[] = []
  const common = { mergedIntoStreamId: '', revision: String(revision), isInferred: true }
  for (const { streamId, stream: before } of old.values()) {
    const after = current.held(streamId)?.stream
    if (after?.etag === before.etag) continue
    const kind = after ? ChangeKind.UPDATED : ChangeKind.DELETED
    found.push({ kind, streamId, before, after, ...common })
  }
  for (const { streamId, stream: after } of current.values()) {
    if (old.held(streamId)) continue
    found.push({ kind: ChangeKind.OPENED, streamId, before: undefined, after, ...common })
  }
  return found
}
