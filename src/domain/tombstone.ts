import { asFormerChat } from './identity.ts'
import type { FormerChat, Stream } from './stream.ts'

/**
 * What is remembered of a stream that was deleted: enough to know its chat again, and nothing that anybody said of it or in
 * it.
 */
export interface Tombstone extends FormerChat {
  /** What led to the stream led to this chat, and does again once it is back. */
  readonly aliasIds: readonly string[]
  readonly mergedChats?: readonly FormerChat[] | undefined
  /** Seconds since the Unix epoch. Only what happened in the chat after that brings it back. */
  readonly deleteTime: number
}

/** The chats that it stands for: that of the stream, and those that were merged into it. */
export function chatsOf(tombstone: Tombstone): readonly FormerChat[] {
  return tombstone.mergedChats ? [tombstone, ...tombstone.mergedChats] : [tombstone]
}

export function tombstoneOf(stream: Stream, deleteTime: number): Tombstone {
  const { aliasIds, mergedChats } = stream
  return { ...asFormerChat(stream), aliasIds, ...(mergedChats && { mergedChats }), deleteTime }
}
