import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { create, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { Code, ConnectError } from '@connectrpc/connect'
import { describe, expect, it } from 'vitest'
import {
  ChatStreamSchema,
  createClient,
  ErrorReason,
  GetStreamResponseSchema,
  type NodeClientOptions,
  type StreamType,
} from '../../clients/typescript/src/node.ts'
import { ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'
import { failureOf } from './support/failure.ts'
import { startFakeServer } from './support/fake-server.ts'

const CHANNEL = 99 as StreamType
const NEW_FIELD = 1_000
const wires: NodeClientOptions[] = [{ transport: 'grpc' }, { transport: 'connect' }, { transport: 'grpc-web' }]

describe.each(wires)('a server of a newer contract, over $transport', (wire) => {
  it('may send values that this client does not know, and they pass through', async () => {
    const data = new BinaryWriter().string('new').finish()
    const unknownField = { no: NEW_FIELD, wireType: WireType.LengthDelimited, data }
    await using fake = await startFakeServer({
      getStream: () => {
        const stream = create(ChatStreamSchema, { streamId: 'a', type: CHANNEL })
        stream.$unknown = [unknownField]
        return create(GetStreamResponseSchema, { stream })
      },
      getStreamType: () => ({ type: CHANNEL }),
    })
    using client = createClient({ address: fake.address, ...wire })
    expect(await client.getStreamType({ target: { case: 'streamId', value: 'a' } })).toMatchObject({ type: CHANNEL })
    const { stream } = await client.getStream({ streamId: 'a' })
    expect(stream).toMatchObject({ streamId: 'a', type: CHANNEL, $unknown: [{ no: NEW_FIELD }] })
    const bytes = Buffer.from(toBinary(ChatStreamSchema, stream!))
    expect(bytes.includes('new'), 'the field is kept when the stream is written again').toBe(true)
  })

  it('may fail for a reason that this client does not know', async () => {
    const value = { reason: 'ERROR_REASON_QUOTA_SPENT', domain: 'chatapi.v1', metadata: { quota: '5' } }
    await using fake = await startFakeServer({
      getStream: () => {
        throw new ConnectError('spent', Code.ResourceExhausted, undefined, [{ desc: ErrorInfoSchema, value }])
      },
    })
    using client = createClient({ address: fake.address, ...wire })
    expect(await failureOf(client.getStream({ streamId: 'a' }))).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: ErrorReason.UNSPECIFIED,
      reasonName: 'ERROR_REASON_QUOTA_SPENT',
      metadata: { quota: '5' },
      message: 'GetStream: spent',
    })
  })
})

it('may send JSON with fields and enum names that this client does not know', async () => {
  const stream = { streamId: 'a', type: 'STREAM_TYPE_CHANNEL', topic: { name: 'new' } }
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ stream, more: 1 }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  using client = createClient({ address, transport: 'connect', format: 'json', httpVersion: '1.1' })
  expect((await client.getStream({ streamId: 'a' })).stream).toMatchObject({ streamId: 'a', type: 0 })
  server.close()
  server.closeAllConnections()
})
