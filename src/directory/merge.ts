import { type ChatApiError, invalidFields } from '../domain/errors.ts'
import { asFormerChat } from '../domain/identity.ts'
import { MAX_LABELS } from '../domain/limits.ts'
import { type Stream, streamType } from '../domain/stream.ts'
import { applyActivity, joined } from './transitions.ts'

/**
 * The target once another stream is merged into it. It stays the chat that it is; names and times are those of whichever was
 * active last, as far as the two are one chat to the platform; of what people said, what they said of the target comes first.
 *
 * Throws INVALID_FIELD where the two cannot be one.
 */
export function merged(target: Stream, source: Stream): Stream {
  const [type, sourceType] = [streamType(target), streamType(source)]
  if (type !== sourceType) throw unmergeable(`is of type ${type}, and what is to be merged of type ${sourceType}`)
  const labels = { ...source.labels, ...target.labels }
  const count = Object.keys(labels).length
  if (count > MAX_LABELS) throw unmergeable(`would have ${count} labels; at most ${MAX_LABELS} are kept`)
  const customName = target.customName ?? source.customName
  return {
    ...applyActivity(target, { ...source, activeTime: source.lastActiveTime }),
    labels,
    ...(customName !== undefined && { customName }),
    ...joined(target, {
      aliasIds: [source.streamId, ...source.aliasIds],
      mergedChats: [asFormerChat(source), ...(source.mergedChats ?? [])],
    }),
  }
}

/** The failure of a merge into the stream itself. */
export function ownTarget(isAlias: boolean): ChatApiError {
  return unmergeable(isAlias ? 'was merged into the stream that is to be merged' : 'is the stream that is to be merged')
}

function unmergeable(description: string): ChatApiError {
  return invalidFields([{ field: 'target_stream_id', description }])
}
