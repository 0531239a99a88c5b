/**
 * What grpc-js does with the same answer and no work: the floor under any service on it. Prints its port.
 * Arguments: a file with the answer, the path of the method.
 */
import { readFileSync } from 'node:fs'
import { Server, ServerCredentials } from '@grpc/grpc-js'

const answer = readFileSync(process.argv[2]!)
const identity = (bytes: Buffer) => bytes
const server = new Server()
server.addService(
  {
    echo: {
      path: process.argv[3]!,
      requestStream: false,
      responseStream: false,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    },
  },
  { echo: (_call: unknown, callback: (error: null, answer: Buffer) => void) => callback(null, answer) },
)
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error
  console.log(port)
})
