import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import { openMongoStore } from '../../src/store/mongo/mongo-store.ts'
import { type MongoServers, mongodMissing, startReplicaSet } from '../support/mongod.ts'
import { storeContract } from './contract.ts'

const openModule = new URL('../support/open-mongo.ts', import.meta.url).href

describe.skipIf(mongodMissing())('MongoDB', () => {
  describe('on a replica set of one', () => {
    let servers: MongoServers
    beforeAll(async () => {
      servers = await startReplicaSet()
    })
    afterAll(() => servers?.stop())

    storeContract('a replica set', {
      capabilities: { watch: true, atomicCommits: true },
      openModule,
      createPlace: async () => {
        const database = `t${randomUUID().slice(0, 8)}`
        const url = servers.url(database)
        return {
          url,
          open: () => openMongoStore(url),
          remove: async () => {
            await servers.admin.db(database).dropDatabase()
          },
        }
      },
      exceptions: {
        'a watch from a cursor behind the log fails as expired': 'x',
      },
    })
  })
})
