import { compareText } from './stream.ts'

/**
 * A place in the order of lists: streams come in the order in which the store first held them. The engine assigns
 * `position` when it creates a stream and never changes it; streams of one commit take the order of its mutations. Two
 * streams may share a position (several servers, one store); then the ids decide.
 */
export interface Place {
  /** A non-negative safe integer. */
  readonly position: number
  readonly streamId: string
}

export function comparePlaces(a: Place, b: Place): number {
  return a.position - b.position || compareText(a.streamId, b.streamId)
}
