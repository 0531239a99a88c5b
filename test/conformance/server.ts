/**
 * A server under test: `node test/conformance/server.ts grpc|http`. Reads from stdin what the suite wants served, says on
 * stdout where it listens, and ends with SIGTERM.
 */
import { argv, stdin, stdout } from 'node:process'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from './gen/connectrpc/conformance/v1/server_compat_pb.js'
import { conformanceListener } from './listener.ts'
import { readSizePrefixed, sizePrefixed } from './size-prefixed.ts'

const HOST = '127.0.0.1'

const door = argv[2]
if (door !== 'grpc' && door !== 'http') throw new Error(`expected the name of a door, grpc or http, got "${door}"`)

const { value: message } = await readSizePrefixed(stdin).next()
if (!message) throw new Error('expected a ServerCompatRequest on stdin, got nothing')
const request = fromBinary(ServerCompatRequestSchema, message)

const listener = conformanceListener(door, request.messageReceiveLimit)
const port = await listener.listen(HOST, 0)
process.once('SIGTERM', () => void listener.close())

const response = create(ServerCompatResponseSchema, { host: HOST, port })
stdout.write(sizePrefixed(toBinary(ServerCompatResponseSchema, response)))
