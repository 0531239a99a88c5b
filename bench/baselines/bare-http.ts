/**
 * The limit over HTTP/1.1: `node:http` sending the same answer, with nothing in between. Prints its port.
 * Arguments: a file with the answer, its content type.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const body = readFileSync(process.argv[2]!)
const head = { 'content-type': process.argv[3]!, 'content-length': body.length }

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    response.writeHead(200, head)
    response.end(body)
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
