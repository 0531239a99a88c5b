import { filterable, type Predicate } from '../../domain/filter.ts'
import type { Stream } from '../../domain/stream.ts'
import type { CommitEvent, StoredStream } from '../../store/store.ts'
import type { Frame, FrameCodec } from '../rows.ts'

/** A change of one stream by a commit, before any filter. */
export interface AppliedChange {
  readonly streamId: string
  /** Undefined where there was no such stream, or where what was is not known: `isBeforeKnown` tells which. */
  readonly before: FramedStream | undefined
  readonly isBeforeKnown: boolean
  readonly after: FramedStream | undefined
  readonly mergedInto: string | undefined
  /** Its place in the order of lists; undefined where that is not known of a stream that was removed. */
  readonly position: number | undefined
}

export interface FramedStream {
  readonly frame: Frame
  readonly stream: Stream
}

/** All changes of one commit. */
export interface AppliedCommit {
  readonly revision: bigint
  readonly changes: readonly AppliedChange[]
}

export type ChangeKind = 'opened' | 'updated' | 'deleted' | 'merged' | 'entered' | 'left'

/** A change as a watcher sees it. */
export interface SeenChange {
  readonly kind: ChangeKind
  readonly streamId: string
  /** Absent for what is gone, from the store or from the filter. */
  readonly frame: Frame | undefined
  /** Absent where it is not known, and for what was not seen before. */
  readonly previous: Frame | undefined
  readonly mergedInto: string | undefined
  readonly position: number | undefined
}

/** What a removal is to a watcher who may not see everything, and is told nothing of what was: nobody can say. */
export class BeforeUnknownError extends Error {
  override readonly name = 'BeforeUnknownError'
}

/**
 * What a watcher with a filter sees of a change; undefined where it is none of its own. Leaving the filter is not being deleted.
 *
 * @param mayTellUnknown whether a removal may be told of a stream that the watcher perhaps never saw
 */
export function seenChange(change: AppliedChange, isMatch: Predicate, mayTellUnknown: boolean): SeenChange | undefined {
  const { streamId, before, isBeforeKnown, after, mergedInto, position } = change
  const was = before !== undefined && isMatch(filterable(before.stream))
  const is = after !== undefined && isMatch(filterable(after.stream))
  const common = { streamId, position, previous: was ? before.frame : undefined }
  if (!isBeforeKnown && !is) {
    if (!mayTellUnknown) throw new BeforeUnknownError(`what ${streamId} was before it was removed is not known`)
    const kind = after ? 'left' : mergedInto === undefined ? 'deleted' : 'merged'
    return { ...common, kind, frame: undefined, mergedInto }
  }
  if (is) {
    const kind = was || !isBeforeKnown ? 'updated' : before === undefined ? 'opened' : 'entered'
    return { ...common, kind, frame: after.frame, mergedInto: undefined }
  }
  if (!was) return undefined
  const kind = after ? 'left' : mergedInto === undefined ? 'deleted' : 'merged'
  return { ...common, kind, frame: undefined, mergedInto: after ? undefined : mergedInto }
}

/** A commit as the log of a store tells it. */
export function appliedFrom({ revision, changes }: CommitEvent, codec: FrameCodec): AppliedCommit {
  const framed = ({ stream }: StoredStream): FramedStream => ({ frame: codec.encode(stream), stream })
  return {
    revision,
    changes: changes.map(({ streamId, before, after, mergedInto }) => {
      const known = before === 'unknown' ? undefined : before
      return {
        streamId,
        before: known && framed(known),
        isBeforeKnown: before !== 'unknown',
        after: after && framed(after),
        mergedInto,
        position: (after ?? known)?.position,
      }
    }),
  }
}
