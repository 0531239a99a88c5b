import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js'
import { Metadata } from '@grpc/grpc-js'
import type { AnyInit } from '../wire/service-binding.ts'
import type { GrpcContext } from './grpc-context.ts'
import { metadataOf } from './grpc-metadata.ts'
import type { GrpcMethod } from './grpc-method.ts'

/** How much of an answer may wait for a client that reads slowly; the handler is not asked for more before it has read. */
const MAX_WAITING_BYTES = 64 * 1024

type StreamCall = ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>

/** Sends what a handler yields, no faster than the client reads it. */
export async function sendStream(
  shared: GrpcMethod,
  call: StreamCall,
  context: GrpcContext,
  start: () => AsyncIterable<AnyInit>,
): Promise<void> {
  const room = new Room(call)
  const peer = call.getPeer()
  let iterator: AsyncIterator<AnyInit> | undefined
  let isOver = false
  const end = (error: unknown) => {
    if (isOver || call.cancelled) return
    isOver = true
    call.emit('error', shared.status(error, context))
  }
  shared.inFlight.streams.add(end)
  try {
    iterator = start()[Symbol.asyncIterator]()
    let next = iterator.next()
    // A handler sets its headers before it first waits. A client that watches learns at once that it is connected.
    call.sendMetadata(context.setHeader ? metadataOf(context.setHeader) : new Metadata())
    for (;;) {
      const result = await next
      if (result.done || isOver || call.cancelled) break
      const bytes = shared.encode(result.value)
      const release = shared.inFlight.unsent.take(peer, bytes.byteLength)
      try {
        call.write(bytes, room.take(bytes.byteLength))
        if (room.isFull) await room.free()
      } finally {
        release()
      }
      if (isOver || call.cancelled) break
      next = iterator.next()
    }
    if (!isOver && !call.cancelled) call.end(context.setTrailer && metadataOf(context.setTrailer))
    isOver = true
  } catch (error) {
    end(error)
  } finally {
    shared.inFlight.streams.delete(end)
    await iterator?.return?.()?.then(undefined, () => undefined)
  }
}

/** Counts the bytes on their way out. */
class Room {
  #waitingBytes = 0
  #wake: (() => void) | undefined
  readonly #call: StreamCall

  constructor(call: StreamCall) {
    this.#call = call
    call.once('cancelled', () => this.#wake?.())
  }

  get isFull(): boolean {
    return this.#waitingBytes > MAX_WAITING_BYTES && !this.#call.cancelled
  }

  take(bytes: number): () => void {
    this.#waitingBytes += bytes
    return () => {
      this.#waitingBytes -= bytes
      if (!this.isFull) this.#wake?.()
    }
  }

  free(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
