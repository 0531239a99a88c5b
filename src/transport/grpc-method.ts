import type { DescMethod } from '@bufbuild/protobuf'
import type { sendUnaryData } from '@grpc/grpc-js'
import type { Logger } from 'pino'
import { toConnectError } from '../wire/errors.ts'
import type { AnyInit } from '../wire/service-binding.ts'
import { encodeAnswer } from './answer.ts'
import type { GrpcCall, GrpcContext } from './grpc-context.ts'
import { metadataOf, statusOf } from './grpc-metadata.ts'
import type { InFlight } from './in-flight.ts'
import { MIN_COUNTED_BYTES, type UnsentAnswers } from './unsent.ts'

export interface GrpcMethodOptions {
  readonly log: Logger
  readonly maxMessageBytes: number
}

export interface GrpcInFlight {
  readonly unsent: UnsentAnswers
  /** Calls that take one message or many and are answered once. */
  readonly calls: InFlight
  /** Calls that are answered by a stream, which may have no end of its own. */
  readonly streams: InFlight
}

export type Respond = sendUnaryData<Buffer>

/** What one call of a method needs of the method; made once, shared by its calls. */
export class GrpcMethod {
  readonly method: DescMethod
  readonly log: Logger
  readonly maxMessageBytes: number
  readonly inFlight: GrpcInFlight

  constructor(method: DescMethod, { log, maxMessageBytes }: GrpcMethodOptions, inFlight: GrpcInFlight) {
    this.method = method
    this.inFlight = inFlight
    this.log = log
    this.maxMessageBytes = maxMessageBytes
  }

  encode(answer: AnyInit): Buffer {
    const bytes = encodeAnswer(this.method.output, answer, this.maxMessageBytes)
    return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  answer(answer: AnyInit, context: GrpcContext, call: GrpcCall, respond: Respond): void {
    const bytes = this.encode(answer)
    if (bytes.byteLength >= MIN_COUNTED_BYTES) this.#countUnsent(call, bytes.byteLength)
    if (context.setHeader) call.sendMetadata(metadataOf(context.setHeader))
    respond(null, bytes, context.setTrailer && metadataOf(context.setTrailer))
  }

  fail(error: unknown, context: GrpcContext, call: GrpcCall, respond: Respond): void {
    if (context.setHeader && !call.cancelled) call.sendMetadata(metadataOf(context.setHeader))
    respond(this.status(error, context))
  }

  #countUnsent(call: GrpcCall, bytes: number): void {
    if (call.cancelled) return
    // Emitted when the call is over, however it ended, and so when the answer has left.
    call.once('cancelled', this.inFlight.unsent.take(call.getPeer(), bytes))
  }

  status(error: unknown, context: GrpcContext) {
    return statusOf(toConnectError(error, this.log), context.setTrailer)
  }
}
