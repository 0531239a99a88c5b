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

describe.skipIf(mongodMissing())('workers that read from the store', () => {
  it('count a write through one connection in the totals of all others at once', async () => {
    const mongo = await startReplicaSet()
    onTestFinished(() => mongo.stop())
    const server = await startWorkers(mongo.url('MegBot'), ['--reads', 'store'])
    const clients = [...connections(server.grpc, 4), ...connections(server.http, 2)]
    const wrong: string[] = []
    for (let written = 1; written <= 30; written++) {
      await clients[written % clients.length]!.openStream({ platform: 'qq', groupId: `${written}` })
      const totals = await Promise.all(clients.map((client) => client.getStreamsSummary({})))
      for (const { totalStreams } of totals)
        if (Number(totalStreams) !== written) wrong.push(`${totalStreams}/${written}`)
    }
    expect(wrong).toEqual([])
  })
})
