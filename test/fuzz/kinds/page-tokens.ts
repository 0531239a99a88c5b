import { create, toBinary, toJsonString } from '@bufbuild/protobuf'
import fc, { type Arbitrary } from 'fast-check'
import { ChatApi, GetAllStreamsRequestSchema } from '../../../gen/ts/chatapi/v1/chat_api_pb.js'
import type { Script } from '../attack.ts'
import { callOf } from '../calls.ts'
import { mutatedText } from './bytes.ts'
import type { Context } from './context.ts'
import { pathOf } from './messages.ts'
import { scriptOf } from './scripts.ts'

const lists = ChatApi.methods.filter(({ name }) => /^Get\w+Streams$/.test(name)).map(pathOf)

/** What a token says, before it is encoded, said otherwise. */
const rewritten = (token: string) =>
  mutatedText(fc.constant(Buffer.from(token, 'base64url').toString('latin1'))).map((text) =>
    Buffer.from(text, 'latin1').toString('base64url'),
  )

/** Lists that go on where a token says: one that the service issued, spoilt, or for another list. */
export function pageTokens({ door, pageTokens }: Context): Arbitrary<Script> {
  const token = fc
    .constantFrom(...pageTokens)
    .chain((token) =>
      fc.oneof(
        fc.constant(token),
        mutatedText(fc.constant(token)),
        rewritten(token),
        fc.constant(token.repeat(20)),
        fc.constantFrom('', '=', '.', 'MQ', 'x'.repeat(1_025), '\u{1f600}', '../../etc/passwd', "' OR 1=1 --"),
      ),
    )
  const pageSize = fc.constantFrom(0, 1, 10, 100, 10_001, 2 ** 31 - 1, -1)
  const call = fc
    .tuple(
      fc.constantFrom(...lists),
      token,
      pageSize,
      fc.constantFrom('proto', 'json'),
      fc.constantFrom('grpc', 'connect'),
    )
    .map(([path, pageToken, pageSize, codec, protocol]) => {
      const request = create(GetAllStreamsRequestSchema, { pageToken, pageSize })
      const bytes =
        codec === 'proto'
          ? toBinary(GetAllStreamsRequestSchema, request)
          : Buffer.from(toJsonString(GetAllStreamsRequestSchema, request))
      return callOf(door === 'grpc' ? 'grpc' : (protocol as 'grpc'), codec as 'proto', path, bytes)
    })
  return scriptOf(door, call)
}
