/** What a page does with the `grpc-web` client of npm, which by default speaks in text. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { GrpcWebClientBase, MethodDescriptor, MethodType, type RpcError } from 'grpc-web'
import {
  GetStreamByGroupIdRequestSchema,
  GetStreamByGroupIdResponseSchema,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { HealthCheckRequestSchema, HealthCheckResponseSchema } from '../../gen/ts/grpc/health/v1/health_pb.js'

/** The client asks for classes and uses them for nothing. */
class Anything {}

const lookup = new MethodDescriptor<string, string>(
  '/chatapi.v1.ChatApi/GetStreamByGroupId',
  MethodType.UNARY,
  Anything as never,
  Anything as never,
  (groupId: string) => toBinary(GetStreamByGroupIdRequestSchema, create(GetStreamByGroupIdRequestSchema, { groupId })),
  (bytes: Uint8Array) => fromBinary(GetStreamByGroupIdResponseSchema, bytes).stream?.streamId ?? '',
)

const watch = new MethodDescriptor<string, number>(
  '/grpc.health.v1.Health/Watch',
  MethodType.SERVER_STREAMING,
  Anything as never,
  Anything as never,
  (service: string) => toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service })),
  (bytes: Uint8Array) => fromBinary(HealthCheckResponseSchema, bytes).status,
)

type Format = 'text' | 'binary'

const page = {
  async lookup(server: string, format: Format, groupId: string): Promise<{ streamId: string } | { code: number }> {
    const client = new GrpcWebClientBase({ format })
    try {
      return { streamId: await client.unaryCall(server + lookup.getName(), groupId, {}, lookup) }
    } catch (error) {
      return { code: (error as RpcError).code }
    }
  },

  /** The first status that a watch tells. */
  watch(server: string, service: string): Promise<number> {
    const client = new GrpcWebClientBase({ format: 'text' })
    const stream = client.serverStreaming(server + watch.getName(), service, {}, watch)
    return new Promise((resolve, reject) => {
      stream.on('error', reject)
      stream.on('data', (status) => {
        stream.cancel()
        resolve(status)
      })
    })
  },
}

export type GrpcWebPage = typeof page

Object.assign(globalThis, { page })
