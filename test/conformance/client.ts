/**
 * A client under test: Connect's transports for Node, which the Node client speaks through, set up as it does. Reads from
 * stdin what calls the suite wants made, makes each, and says on stdout what came of it.
 */
import { stdin, stdout } from 'node:process'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { createClient } from '@connectrpc/connect'
import { makeCall } from './client-calls.ts'
import { transportFor } from './client-transport.ts'
import {
  type ClientCompatRequest,
  ClientCompatRequestSchema,
  type ClientCompatResponse,
  ClientCompatResponseSchema,
} from './gen/connectrpc/conformance/v1/client_compat_pb.js'
import { ConformanceService } from './gen/connectrpc/conformance/v1/service_pb.js'
import { readSizePrefixed, sizePrefixed } from './size-prefixed.ts'

/** Most calls of the suite wait for something, and it has thousands. */
const MAX_AT_ONCE = 8

async function answer(request: ClientCompatRequest): Promise<ClientCompatResponse> {
  const { testName } = request
  try {
    const client = createClient(ConformanceService, transportFor(request))
    const value = await makeCall(client, request)
    return create(ClientCompatResponseSchema, { testName, result: { case: 'response', value } })
  } catch (error) {
    const value = { message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    return create(ClientCompatResponseSchema, { testName, result: { case: 'error', value } })
  }
}

async function answerAll(requests: AsyncIterator<Buffer>): Promise<void> {
  for (let next = await requests.next(); !next.done; next = await requests.next()) {
    const response = await answer(fromBinary(ClientCompatRequestSchema, next.value))
    stdout.write(sizePrefixed(toBinary(ClientCompatResponseSchema, response)))
  }
}

// An async generator queues what is asked of it, so that several may take from one.
const requests = readSizePrefixed(stdin)
await Promise.all(Array.from({ length: MAX_AT_ONCE }, () => answerAll(requests)))
