import type { Frame } from '../rows.ts'
import type { TableSnapshot } from '../table-snapshot.ts'

/** Of one page; a single larger stream still comes. */
const MAX_BYTES = 192 * 1024
/** Streams looked at in one turn of the event loop. */
const STREAMS_PER_TURN = 500

export interface SnapshotPage {
  readonly frames: readonly Frame[]
  readonly positions: readonly number[]
}

/** The streams of a snapshot by pages. Others have their turn of the event loop in between, also where few streams match. */
export async function* snapshotPages(snapshot: TableSnapshot, signal: AbortSignal): AsyncGenerator<SnapshotPage> {
  let frames: Frame[] = []
  let positions: number[] = []
  let bytes = 0
  const full: SnapshotPage[] = []
  const take = (frame: Frame, position: number) => {
    if (bytes + frame.byteLength > MAX_BYTES && frames.length > 0) {
      full.push({ frames, positions })
      frames = []
      positions = []
      bytes = 0
    }
    frames.push(frame)
    positions.push(position)
    bytes += frame.byteLength
  }
  try {
    while (snapshot.read(STREAMS_PER_TURN, take)) {
      yield* full.splice(0)
      await new Promise(setImmediate)
      signal.throwIfAborted()
    }
    yield* full
    if (frames.length > 0) yield { frames, positions }
  } finally {
    snapshot.close()
  }
}
