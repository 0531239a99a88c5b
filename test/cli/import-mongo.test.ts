import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { botDatabase } from '../importers/scene.ts'
import { type MongoServers, mongodMissing, startReplicaSet } from '../support/mongod.ts'
import { run } from './command.ts'

describe.skipIf(mongodMissing())('with MongoDB as the store', () => {
  let servers: MongoServers

  beforeAll(async () => {
    servers = await startReplicaSet()
  }, 60_000)
  afterAll(() => servers?.stop())

  async function imported(...args: string[]) {
    const { code, stdout, stderr } = await run(['import', '--json', ...args])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return JSON.parse(stdout)
  }

  it('a SQLite file comes in, and from there into another database', async () => {
    const [first, second] = [servers.url('first'), servers.url('second')]
    expect(await imported(botDatabase('running'), '--store', first)).toMatchObject({ created: 60 })
    expect(await imported(botDatabase('running'), '--store', first)).toMatchObject({ unchanged: 60 })
    expect(await imported(first, '--store', second)).toMatchObject({ read: 60, created: 60 })
  })

  it('a dry run leaves the database as it was, without a collection', async () => {
    const url = servers.url('dry')
    expect(await imported(botDatabase('closed'), '--store', url, '--dry-run')).toMatchObject({ created: 60 })
    expect(await servers.admin.db('dry').listCollections().toArray()).toEqual([])
  })

  it('a collection is not imported into itself', async () => {
    const url = servers.url('own')
    await imported(botDatabase('closed'), '--store', url)
    const { code, stderr } = await run(['import', url, '--store', url.replace('127.0.0.1', 'localhost')])
    expect(stderr).toMatch(/^chatapi: mongodb:\S* is the store itself; name another --store[^\n]*\n$/)
    expect(code).toBe(1)
  })
})
