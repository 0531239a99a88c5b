import { randomUUID } from 'node:crypto'
import { type MongoClient, Timestamp } from 'mongodb'
import { afterAll, beforeAll, describe } from 'vitest'
import { openMongoStore } from '../../src/store/mongo/mongo-store.ts'
import { restoreMongoStore } from '../../src/store/mongo/restore.ts'
import { type MongoServers, mongodMissing, startReplicaSet, startStandalone } from '../support/mongod.ts'
import { type StorePlace, storeContract } from './contract.ts'

const openModule = new URL('../support/open-mongo.ts', import.meta.url).href

describe.skipIf(mongodMissing())('MongoDB', () => {
  describe('on a replica set of one', () => {
    const servers = serversOf(startReplicaSet)
    storeContract('a replica set', {
      capabilities: { watch: true, atomicCommits: true },
      openModule,
      createPlace: async () => ({ ...place(servers()), forgetLog: () => forgetLog(servers().admin) }),
    })
  })

  describe('on a standalone server', () => {
    const servers = serversOf(startStandalone)
    storeContract('a standalone server', {
      capabilities: { watch: false, atomicCommits: false },
      openModule,
      createPlace: async () => place(servers()),
    })
  })
})

function serversOf(start: () => Promise<MongoServers>): () => MongoServers {
  let servers: MongoServers | undefined
  beforeAll(async () => {
    servers = await start()
  }, 60_000)
  afterAll(() => servers?.stop())
  return () => {
    if (!servers) throw new Error('the servers are not started')
    return servers
  }
}

function place({ url, freeze }: MongoServers): StorePlace {
  const database = `t${randomUUID().slice(0, 8)}`
  return {
    url: url(database),
    open: () => openMongoStore(url(database)),
    obstruct: freeze,
    restore: (restoration) => restoreMongoStore(url(database), database, restoration),
    // It goes with the server. Dropping it would take longer than most tests, and wait for transactions of killed writers.
    remove: async () => {},
  }
}

/** Writes until the oldest entry of the log is younger than all that was in it. */
async function forgetLog(admin: MongoClient): Promise<void> {
  const oplog = admin.db('local').collection<{ ts: Timestamp }>('oplog.rs')
  const filler = admin.db('filler').collection<{ _id: number; data: Buffer }>('filler')
  const end = await oplog.findOne({}, { sort: { $natural: -1 } })
  const last = end?.ts ?? new Timestamp(0n)
  const data = Buffer.alloc(4_000_000)
  for (;;) {
    for (let i = 0; i < 5; i++) await filler.replaceOne({ _id: 0 }, { data }, { upsert: true })
    const begin = await oplog.findOne({}, { sort: { $natural: 1 } })
    if (begin?.ts.greaterThan(last)) return
  }
}
