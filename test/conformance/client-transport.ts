import type { Transport } from '@connectrpc/connect'
import {
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node'
import type { ClientCompatRequest } from './gen/connectrpc/conformance/v1/client_compat_pb.js'
import { Codec, Compression, HTTPVersion, Protocol } from './gen/connectrpc/conformance/v1/config_pb.js'
import { registry } from './protocol.ts'

export function transportFor(request: ClientCompatRequest): Transport {
  const { host, port, protocol, codec, compression, timeoutMs, messageReceiveLimit } = request
  const common = {
    baseUrl: `http://${host}:${port}`,
    useBinaryFormat: codec === Codec.PROTO,
    jsonOptions: { registry },
    acceptCompression: compression === Compression.GZIP ? [compressionGzip] : [],
    // The suite wants even empty messages compressed, and what is compressed is longer than this.
    ...(compression === Compression.GZIP && { sendCompression: compressionGzip, compressMinBytes: -1 }),
    ...(timeoutMs !== undefined && { defaultTimeoutMs: timeoutMs }),
    ...(messageReceiveLimit > 0 && { readMaxBytes: messageReceiveLimit }),
  }
  const httpVersion = request.httpVersion === HTTPVersion.HTTP_VERSION_1 ? '1.1' : '2'
  switch (protocol) {
    case Protocol.CONNECT:
      return createConnectTransport({ ...common, httpVersion })
    case Protocol.GRPC:
      return createGrpcTransport(common)
    case Protocol.GRPC_WEB:
      return createGrpcWebTransport({ ...common, httpVersion })
    default:
      throw new Error(`no transport for the protocol ${Protocol[protocol]}`)
  }
}
