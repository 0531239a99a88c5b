import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SpecialType } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { newFolder } from '../importers/scene.ts'
import { type MongoServers, mongodMissing, startReplicaSet, startStandalone } from '../support/mongod.ts'
import { STREAMS } from '../support/moved-streams.ts'
import { type ChatApiClient, clientOf, startService, wires } from '../support/service.ts'
import { untilServing } from '../support/serving.ts'
import { creation, deletion, groupStream } from '../support/streams.ts'
import { run } from './command.ts'

const PAGE_SIZE = 400
const grpc = wires['gRPC on the gRPC port']!

function newStoreUrl(): string {
  return `sqlite:${join(newFolder(), 'chatapi.db')}`
}

/** A store with all kinds of streams, and gaps where some were deleted. */
async function filledStore(): Promise<string> {
  const url = newStoreUrl()
  const store = await openSqliteStore(url.slice('sqlite:'.length))
  for (let i = 0; i < STREAMS.length; i += 500) {
    const passing = groupStream(`passing ${i}`)
    await store.commit([creation(passing), ...STREAMS.slice(i, i + 500).map(creation)])
    await store.commit([deletion(passing)])
  }
  await store.close()
  return url
}

/** What a server over the store answers, without what names a state of that store. */
async function answersOf(storeUrl: string) {
  const service = await startService({ storeUrl })
  await untilServing(service.grpcUrl)
  const api = clientOf(grpc(service))
  const pages = await pagesOf(api)
  const ids = STREAMS.flatMap(({ streamId, aliasIds }) => [streamId, ...aliasIds])
  const batches = []
  for (let i = 0; i < ids.length; i += 1_000)
    batches.push(await api.batchGetStreams({ streamIds: ids.slice(i, i + 1_000) }))
  const summary = await api.getStreamsSummary({})
  return { pages, batches, summary: { ...summary, revision: '' } }
}

async function pagesOf(api: ChatApiClient) {
  const pages = []
  for (let pageToken = ''; ; ) {
    const page = await api.getAllStreams({ specialType: SpecialType.ALL_PLATFORMS, pageSize: PAGE_SIZE, pageToken })
    pages.push({ ...page, nextPageToken: '', revision: '' })
    pageToken = page.nextPageToken
    if (pageToken === '') return pages
  }
}

async function imported(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run(['import', '--json', ...args])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

const COUNT = STREAMS.length
const ALL_CREATED = { read: COUNT, created: COUNT, updated: 0, unchanged: 0, refused: 0 }
const ALL_UNCHANGED = { ...ALL_CREATED, created: 0, unchanged: COUNT }

describe.skipIf(mongodMissing()).each([
  ['a replica set', startReplicaSet],
  ['a standalone server', startStandalone],
])('a store that moves from SQLite to %s and back', (_name, startServers) => {
  let servers: MongoServers

  beforeAll(async () => {
    servers = await startServers()
  }, 60_000)
  afterAll(() => servers?.stop())

  it('answers the same in each, and a second import changes nothing', async () => {
    const first = await filledStore()
    const answers = await answersOf(first)
    expect(answers.pages.flatMap(({ streams }) => streams).map(({ streamId }) => streamId)).toEqual(
      STREAMS.map(({ streamId }) => streamId),
    )
    const mongo = servers.url('moved')
    expect(await imported(first, '--store', mongo)).toMatchObject({ kind: 'ChatApi, SQLite', ...ALL_CREATED })
    expect(await answersOf(mongo)).toEqual(answers)
    expect(await imported(first, '--store', mongo)).toMatchObject(ALL_UNCHANGED)

    const back = newStoreUrl()
    const dryRun = await imported(mongo, '--store', back, '--dry-run')
    expect(dryRun).toMatchObject({ kind: 'ChatApi, MongoDB', dryRun: true, ...ALL_CREATED })
    expect(await imported(mongo, '--store', back)).toMatchObject({ dryRun: false, ...ALL_CREATED })
    expect(await answersOf(back)).toEqual(answers)
    expect(await imported(mongo, '--store', back)).toMatchObject(ALL_UNCHANGED)
  })

  it('moves from one database to another', async () => {
    const [one, other] = [servers.url('one'), servers.url('other')]
    await imported(await filledStore(), '--store', one)
    expect(await imported(one, '--store', other)).toMatchObject(ALL_CREATED)
    expect(await answersOf(other)).toEqual(await answersOf(one))
    const itself = await run(['import', one.replace('127.0.0.1', 'localhost'), '--store', one])
    expect(itself).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ is the store itself; name another --store/),
    })
  })
})
