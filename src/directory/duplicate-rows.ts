import type { Duplicate } from '../domain/duplicates.ts'
import { comparePlaces, type Place } from '../domain/place.ts'
import { compareText } from '../domain/stream.ts'
import type { DuplicateRows, Frame } from './rows.ts'

/** Enough for anyone to look at. */
export const MAX_DUPLICATES = 1_000

/** What a duplicate takes in an answer beside its streams, at most. */
const BYTES_OF_DUPLICATE = 8
/** Of more streams to which one target leads, no more are compared: nothing that goes on in one turn may take long. */
export const MAX_COMPARED = 1_000
/** Of more streams that seem to be one chat, no more are told. */
export const MAX_DUPLICATE_STREAMS = 100

/** What is to be known of a stream to tell it in order. */
export interface Tellable extends Place {
  readonly lastActiveTime: number
  readonly frame: () => Frame
}

/** Duplicates as they are told: each with its most recently active streams, in the order of the first stream of each. */
export function toRows<Held>(
  duplicates: readonly Duplicate<Held>[],
  tellable: (held: Held) => Tellable,
): DuplicateRows[] {
  return duplicates
    .map(({ reason, streams }) => ({ reason, streams: streams.map(tellable) }))
    .map(({ reason, streams }) => ({ reason, streams, first: streams.reduce(earlier) }))
    .sort((a, b) => comparePlaces(a.first, b.first))
    .map(({ reason, streams }) => {
      const told = streams.sort(byRecency).slice(0, MAX_DUPLICATE_STREAMS)
      return { reason, frames: told.map(({ frame }) => frame()) }
    })
}

/** What of them is within so many bytes, but for the first two streams, which always are. */
export function fitting(duplicates: readonly DuplicateRows[], maxBytes: number): DuplicateRows[] {
  const taken: DuplicateRows[] = []
  let bytes = 0
  for (const { reason, frames } of duplicates) {
    const told: Frame[] = []
    for (const frame of frames) {
      bytes += frame.length + (told.length === 0 ? BYTES_OF_DUPLICATE : 0)
      if (bytes > maxBytes && (taken.length > 0 || told.length >= 2)) break
      told.push(frame)
    }
    // A part of one is told only where it is all that there is room for.
    if (told.length < frames.length && taken.length > 0) break
    taken.push({ reason, frames: told })
    if (told.length < frames.length) break
  }
  return taken
}

function earlier(a: Tellable, b: Tellable): Tellable {
  return comparePlaces(a, b) <= 0 ? a : b
}

function byRecency(a: Tellable, b: Tellable): number {
  return b.lastActiveTime - a.lastActiveTime || compareText(a.streamId, b.streamId)
}
