import { Flag, FRAME_HEAD_BYTES, FrameType } from './frames.ts'

/** Counts answers while they come in, roughly: who has all that it asked for need not wait any longer. */
export class AnswerCount {
  #isHttp2: boolean | undefined
  #head = Buffer.alloc(0)
  #skip = 0
  #count = 0

  get count(): number {
    return this.#count
  }

  add(chunk: Buffer): void {
    this.#isHttp2 ??= chunk.toString('latin1', 0, 5) !== 'HTTP/'
    if (this.#isHttp2) this.#addFrames(chunk)
    else this.#count += chunk.toString('latin1').match(/HTTP\/1\.1 [2-5]/g)?.length ?? 0
  }

  #addFrames(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0) {
      const skipped = Math.min(this.#skip, rest.length)
      this.#skip -= skipped
      rest = rest.subarray(skipped)
      const needed = FRAME_HEAD_BYTES - this.#head.length
      this.#head = Buffer.concat([this.#head, rest.subarray(0, needed)])
      rest = rest.subarray(needed)
      if (this.#head.length < FRAME_HEAD_BYTES) return
      this.#skip = this.#head.readUIntBE(0, 3)
      if (endsAnswer(this.#head)) this.#count += 1
      this.#head = Buffer.alloc(0)
    }
  }
}

function endsAnswer(head: Buffer): boolean {
  const [type, flags] = [head.readUInt8(3), head.readUInt8(4)]
  const carriesEnd = type === FrameType.DATA || type === FrameType.HEADERS
  return type === FrameType.RST_STREAM || (carriesEnd && (flags & Flag.END_STREAM) !== 0)
}
