import { fromJson } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ChatApiClient,
  createClient,
  type NodeClientOptions,
  RecordActivityRequestSchema,
  Replica,
} from '../../clients/typescript/src/node.ts'
import { readingsOf } from '../../clients/typescript/src/replica/spellings.ts'
import { DEFAULT_PLATFORM_ALIASES } from '../../src/domain/platform.ts'
import { SPELLINGS, readingsOf as serverReadingsOf } from '../../src/domain/spellings/table.ts'
import type { Caller } from './support/caller.ts'
import { caseFiles } from './support/case-files.ts'
import { itAnswers } from './support/case-run.ts'
import { replicaCallerOf } from './support/replica-caller.ts'
import { Server } from './support/server.ts'

const wires: Readonly<Record<string, (server: Server) => NodeClientOptions>> = {
  gRPC: ({ grpc }) => ({ address: grpc }),
  'Connect, HTTP/1.1': ({ http }) => ({ address: http, transport: 'connect', httpVersion: '1.1' }),
}

/** All but what is about the server, which a replica is not. */
const files = caseFiles().filter(({ cases }) => cases.every(({ call }) => call !== 'GetServerInfo'))

describe.each(Object.entries(wires))('a replica over %s', (_name, optionsOf) => {
  describe.each(files)('$name', (file) => {
    let server: Server
    let client: ChatApiClient
    let replica: Replica
    let caller: Caller
    beforeAll(async () => {
      server = await Server.start()
      client = createClient(optionsOf(server))
      if (file.given.length > 0) {
        await client.recordActivity(fromJson(RecordActivityRequestSchema, { activities: [...file.given] }))
      }
      replica = new Replica(client, { heartbeatMs: 1_000 })
      await replica.ready
      caller = replicaCallerOf(client, replica)
    }, 30_000)
    afterAll(async () => {
      replica.close()
      client.close()
      await server.stop()
    })

    itAnswers(file, () => caller)
  })
})

it('reads all spellings as the server does', () => {
  const texts = SPELLINGS.flatMap(({ examples }) => Object.keys(examples))
  expect(texts.length).toBeGreaterThan(20)
  for (const text of texts) expect(readingsOf(text), text).toEqual(serverReadingsOf(text, DEFAULT_PLATFORM_ALIASES))
})
