import { describe, expect, it, onTestFinished } from 'vitest'
import { mongodMissing, startReplicaSet, startStandalone } from '../support/mongod.ts'
import { connections, missedReads, startWorkers } from './workers.ts'

describe.skipIf(mongodMissing()).each([
  ['a replica set', startReplicaSet],
  ['a standalone server, without views', startStandalone],
])('workers over %s of MongoDB', (_what, startMongo) => {
  it('show a write through one connection through all others at once', async () => {
    const mongo = await startMongo()
    onTestFinished(() => mongo.stop())
    const server = await startWorkers(mongo.url('MegBot'))
    expect(await missedReads([...connections(server.grpc, 4), ...connections(server.http, 2)], 30)).toEqual([])
    process.kill((await server.pids())[0]!, 'SIGKILL')
    await expect.poll(() => server.pids(), { timeout: 60_000 }).toHaveLength(3)
    expect(await missedReads(connections(server.grpc, 4), 8)).toEqual([])
    server.child.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
  })
})
