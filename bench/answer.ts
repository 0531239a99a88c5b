import { once } from 'node:events'
import { connect } from 'node:http2'
import { buffer } from 'node:stream/consumers'
import type { Subject } from './machine.ts'

const FRAME_HEAD_BYTES = 5

/** The message with which a server answers one gRPC request, so that the baselines can send the same bytes. */
export async function answerOf(subject: Subject, path: string, request: string): Promise<Buffer> {
  const message = Buffer.from(request, 'base64')
  const head = Buffer.alloc(FRAME_HEAD_BYTES)
  head.writeUInt32BE(message.length, 1)
  const session = connect(`http://${subject.address}`)
  await once(session, 'connect')
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  stream.end(Buffer.concat([head, message]))
  const body = await buffer(stream)
  session.close()
  return body.subarray(FRAME_HEAD_BYTES)
}
