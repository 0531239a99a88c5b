import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MongoServers, mongodMissing, startReplicaSet } from '../support/mongod.ts'
import { type Load, loadByGo, loadByNode } from './support/balanced.ts'
import { goMissing } from './support/go-program.ts'
import { Server } from './support/server.ts'

const CALLS = 10_000

describe.skipIf(mongodMissing() ?? (await goMissing()))(
  'two servers over one replica set',
  { timeout: 240_000 },
  () => {
    let mongo: MongoServers
    beforeAll(async () => {
      mongo = await startReplicaSet()
    }, 60_000)
    afterAll(() => mongo?.stop())

    it.each([
      ['one process', []],
      ['two workers', ['--workers', '2']],
    ])('of %s each are restarted one after the other, and no call fails', async (what, flags) => {
      const store = mongo.url(what.replaceAll(' ', '-'))
      await using stack = new AsyncDisposableStack()
      const servers = [stack.use(await Server.start({ store, flags })), stack.use(await Server.start({ store, flags }))]
      const addresses = servers.map(({ grpc }) => grpc)
      const loads: Readonly<Record<string, Load>> = {
        'grpc-go': await loadByGo(addresses, CALLS),
        'grpc-js': loadByNode(addresses, CALLS),
      }
      const untilAllAnswer = () => Promise.all(Object.values(loads).map((load) => load.untilAllAnswer()))
      await untilAllAnswer()
      for (const server of servers) {
        await server.kill('SIGTERM')
        await server.restart()
        await untilAllAnswer()
      }
      for (const [client, load] of Object.entries(loads)) {
        const { calls, ...rest } = await load.finish()
        expect({ client, ...rest }).toEqual({ client, failed: 0, failures: [] })
        expect(calls).toBeGreaterThanOrEqual(CALLS)
      }
    })
  },
)
