const INITIAL_BYTES = 65_536
/** A UTF-16 code unit has at most three bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3
/** The tag of the largest field number there is. */
const MAX_TAG_BYTES = 5
/** A varint of 64 bits. */
const MAX_SCALAR_BYTES = 10
const MAX_LENGTH_BYTES = 5

const VARINT = 0
const LENGTH_DELIMITED = 2

/**
 * Writes protobuf fields into one buffer that is used again and again. The writer of protobuf-es makes
 * an allocation for each message, and a directory has a message for each stream: loading a million of them left the process
 * with twice the memory that the streams take.
 */
export class FrameWriter {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  #length = 0

  /** Starts a message and returns what `end` takes. */
  begin(no: number): number {
    this.#reserve(MAX_TAG_BYTES + MAX_LENGTH_BYTES)
    this.#putVarint(no * 8 + LENGTH_DELIMITED)
    // Most lengths have one byte; `end` makes room for more.
    return ++this.#length
  }

  end(start: number): void {
    this.#putLength(start, this.#length - start)
  }

  text(no: number, text: string): void {
    this.#reserve(MAX_TAG_BYTES + MAX_LENGTH_BYTES + text.length * MAX_BYTES_PER_UNIT)
    this.#putVarint(no * 8 + LENGTH_DELIMITED)
    const start = this.#length + 1
    const bytes = this.#buffer.write(text, start)
    this.#length = start + bytes
    this.#putLength(start, bytes)
  }

  /** A signed integer of up to 64 bits, as `int64`, `int32` and enums have it. */
  integer(no: number, value: number): void {
    this.#reserve(MAX_TAG_BYTES + MAX_SCALAR_BYTES)
    this.#putVarint(no * 8 + VARINT)
    if (value >= 0) {
      this.#putVarint(value)
      return
    }
    let rest = BigInt.asUintN(64, BigInt(value))
    for (; rest > 0x7fn; rest >>= 7n) this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80
    this.#buffer[this.#length++] = Number(rest)
  }

  /** Returns a copy of all that was written, and starts anew. */
  finish(): Buffer {
    const bytes = Buffer.from(this.#buffer.subarray(0, this.#length))
    this.#length = 0
    return bytes
  }

  /** Puts the length before `start`, where one byte is free for it. */
  #putLength(start: number, length: number): void {
    if (length < 0x80) {
      this.#buffer[start - 1] = length
      return
    }
    const size = length < 0x4000 ? 2 : length < 0x200000 ? 3 : length < 0x10000000 ? 4 : 5
    this.#reserve(size)
    this.#buffer.copyWithin(start - 1 + size, start, start + length)
    this.#length = start - 1
    this.#putVarint(length)
    this.#length += length
  }

  #putVarint(value: number): void {
    let rest = value
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.#buffer[this.#length++] = (rest & 0x7f) | 0x80
    this.#buffer[this.#length++] = rest
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#length + bytes))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}
