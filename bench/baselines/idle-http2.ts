/** The limit for idle streams: `node:http2` that answers with one small message and leaves the stream open. Prints its port. */
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'

const message = Buffer.from([0, 0, 0, 0, 2, 8, 1])
const server = createServer()
server.on('stream', (stream) => {
  stream.resume()
  stream.on('end', () => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' })
    stream.write(message)
  })
  stream.on('error', () => {})
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
