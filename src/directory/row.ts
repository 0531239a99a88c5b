import type { Filterable } from '../domain/filter.ts'
import type { Stream } from '../domain/stream.ts'
import type { Columns } from './columns.ts'
import type { Frame, FrameCodec } from './rows.ts'

const NO_LABELS = Object.freeze({})

/** One slot at a time as filters look at it: columns first, the stream itself only where it is asked for. */
export class Row implements Filterable {
  readonly #columns: Columns
  readonly #codec: FrameCodec
  readonly #frame: (slot: number) => Frame
  #slot = 0
  #decoded: Stream | undefined

  constructor(columns: Columns, codec: FrameCodec, frame: (slot: number) => Frame) {
    this.#columns = columns
    this.#codec = codec
    this.#frame = frame
  }

  at(slot: number): Filterable {
    this.#slot = slot
    this.#decoded = undefined
    return this
  }

  get platform() {
    return this.#columns.platformOf(this.#slot)
  }

  get type() {
    return this.#columns.typeOf(this.#slot)
  }

  get accountId() {
    return this.#columns.accountOf(this.#slot)
  }

  get scope() {
    return this.#columns.scopeOf(this.#slot)
  }

  get streamId() {
    return this.#codec.streamId(this.#frame(this.#slot))
  }

  get createTime() {
    return this.#columns.createTimes[this.#slot]!
  }

  get lastActiveTime() {
    return this.#columns.lastActiveTimes[this.#slot]!
  }

  get labels() {
    return this.#columns.isLabelled(this.#slot) ? this.stream.labels : NO_LABELS
  }

  get stream() {
    this.#decoded ??= this.#codec.decode(this.#frame(this.#slot))
    return this.#decoded
  }
}
