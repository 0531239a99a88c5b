import { ConnectStream } from './connect-stream.ts'
import { ConnectUnary } from './connect-unary.ts'
import type { Format } from './format.ts'
import { Grpc } from './grpc.ts'
import { GrpcWeb } from './grpc-web.ts'
import type { Protocol } from './protocol.ts'

export interface Formats {
  readonly proto: Format
  readonly json: Format
}

/** The protocols that speak by a content type, by that. */
export type ContentTypes = ReadonlyMap<string, Protocol>

export function grpcTypes({ proto, json }: Formats): ContentTypes {
  const inProto = new Grpc(proto)
  return new Map([
    ['application/grpc', inProto],
    ['application/grpc+proto', inProto],
    ['application/grpc+json', new Grpc(json)],
  ])
}

export function allTypes(formats: Formats): ContentTypes {
  const { proto, json } = formats
  const web = new GrpcWeb(proto, 'binary')
  const webText = new GrpcWeb(proto, 'text')
  return new Map<string, Protocol>([
    ...grpcTypes(formats),
    ['application/grpc-web', web],
    ['application/grpc-web+proto', web],
    ['application/grpc-web+json', new GrpcWeb(json, 'binary')],
    ['application/grpc-web-text', webText],
    ['application/grpc-web-text+proto', webText],
    ['application/connect+proto', new ConnectStream(proto)],
    ['application/connect+json', new ConnectStream(json)],
    ['application/proto', new ConnectUnary(proto)],
    ['application/json', new ConnectUnary(json)],
  ])
}

/** The protocol of a content type, whatever its case and its parameters. */
export function protocolOf(types: ContentTypes, contentType: string | undefined): Protocol | undefined {
  if (contentType === undefined) return undefined
  return types.get(contentType) ?? types.get((contentType.split(';', 1)[0] as string).trim().toLowerCase())
}
