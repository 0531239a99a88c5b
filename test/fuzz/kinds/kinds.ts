import type { Arbitrary } from 'fast-check'
import type { Script } from '../attack.ts'
import { connectGet } from './connect-get.ts'
import type { Context } from './context.ts'
import { envelopes } from './envelopes.ts'
import { grpcWebText } from './grpc-web-text.ts'
import { gzip } from './gzip.ts'
import { http1 } from './http1.ts'
import { http2 } from './http2.ts'
import { json } from './json.ts'
import { metadata } from './metadata.ts'
import { pageTokens } from './page-tokens.ts'
import { protobuf } from './protobuf.ts'

interface Kind {
  readonly name: string
  /** How often it has its turn, beside the others. */
  readonly weight: number
  readonly scripts: (context: Context) => Arbitrary<Script>
}

export const KINDS: readonly Kind[] = [
  { name: 'HTTP/2 frames', weight: 6, scripts: http2 },
  { name: 'HTTP/1 heads', weight: 4, scripts: http1 },
  { name: 'protobuf', weight: 2, scripts: protobuf },
  { name: 'JSON', weight: 2, scripts: json },
  { name: 'gzip', weight: 2, scripts: gzip },
  { name: 'envelopes', weight: 2, scripts: envelopes },
  { name: 'Connect GET', weight: 1, scripts: connectGet },
  { name: 'gRPC-Web text', weight: 1, scripts: grpcWebText },
  { name: 'page tokens', weight: 1, scripts: pageTokens },
  { name: 'metadata', weight: 2, scripts: metadata },
]
