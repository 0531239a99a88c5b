/** The limit: `node:http2` sending the same answer as a gRPC response, with nothing in between. Prints its port. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'

const message = readFileSync(process.argv[2]!)
const body = Buffer.alloc(message.length + 5)
body.writeUInt32BE(message.length, 1)
message.copy(body, 5)

// By default Node resets streams of a connection whose answers together pass 10 MB.
const server = createServer({ maxSessionMemory: 1_000 })
server.on('stream', (stream) => {
  stream.resume()
  stream.on('end', () => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(body)
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
