import { fromJson } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ChatApi,
  createClient,
  type NodeClientOptions,
  RecordActivityRequestSchema,
} from '../../clients/typescript/src/node.ts'
import { type MongoServers, mongodMissing, startReplicaSet } from '../support/mongod.ts'
import { type Caller, callerOf } from './support/caller.ts'
import { type CaseFile, caseFiles } from './support/case-files.ts'
import { itAnswers } from './support/case-run.ts'
import { Server } from './support/server.ts'

interface Wire {
  readonly name: string
  readonly options: (server: Server) => NodeClientOptions
}

const grpc: Wire = { name: 'gRPC', options: ({ grpc }) => ({ address: grpc }) }
const connectJson: Wire = {
  name: 'Connect, JSON',
  options: ({ http }) => ({ address: http, transport: 'connect', format: 'json' }),
}
const wires: Wire[] = [
  grpc,
  connectJson,
  { name: 'Connect, HTTP/1.1', options: ({ http }) => ({ address: http, transport: 'connect', httpVersion: '1.1' }) },
  { name: 'gRPC-Web', options: ({ http }) => ({ address: http, transport: 'grpc-web' }) },
]

const files = caseFiles()

it('finds the cases', () => {
  expect(files.flatMap(({ cases }) => cases).length).toBeGreaterThan(200)
  for (const { name, cases } of files)
    expect(new Set(cases.map((testCase) => testCase.name)).size, name).toBe(cases.length)
})

describe('in Node over SQLite', () => {
  describe.each(files)('$name', (file) => {
    for (const group of groups(file, wires)) answers(file, group, () => Server.start())
  })
})

describe.skipIf(mongodMissing())('in Node over MongoDB', () => {
  let mongo: MongoServers
  let databases = 0
  beforeAll(async () => {
    mongo = await startReplicaSet()
  }, 60_000)
  afterAll(() => mongo.stop())

  describe.each(files)('$name', (file) => {
    for (const group of groups(file, [grpc, connectJson])) {
      answers(file, group, () => Server.start({ store: mongo.url(`cases_${databases++}`) }))
    }
  })
})

/** Wires that can share a server, since nothing that one does shows to another. */
function groups({ writes }: CaseFile, all: readonly Wire[]): (readonly Wire[])[] {
  return writes ? all.map((wire) => [wire]) : [all]
}

function answers(file: CaseFile, group: readonly Wire[], start: () => Promise<Server>): void {
  describe(group.length === 1 ? `over ${group[0]!.name}` : 'over every wire', () => {
    let server: Server
    beforeAll(async () => {
      server = await start()
      if (file.given.length === 0) return
      using client = createClient({ address: server.grpc })
      await client.recordActivity(fromJson(RecordActivityRequestSchema, { activities: [...file.given] }))
    }, 30_000)
    afterAll(() => server.stop())

    describe.each(group)('$name', ({ options }) => {
      let caller: Caller | undefined
      itAnswers(file, () => {
        caller ??= callerOf(createClient(options(server)), Object.values(ChatApi.method))
        return caller
      })
    })
  })
}
