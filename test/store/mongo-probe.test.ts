import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openMongoStore } from '../../src/store/mongo/mongo-store.ts'
import { type Store, StoreUnavailableError } from '../../src/store/store.ts'
import { type MongoServers, mongodMissing, startReplicaSet } from '../support/mongod.ts'

const ROOT = { user: 'root', password: 'secret' }
const READER = { user: 'reader', password: 'secret' }
const TIMEOUT_MS = 60_000

describe.skipIf(mongodMissing())('a probe of MongoDB', { timeout: TIMEOUT_MS }, () => {
  let servers: MongoServers
  beforeAll(async () => {
    servers = await startReplicaSet({ auth: ROOT })
  }, TIMEOUT_MS)
  afterAll(() => servers?.stop())

  async function opened(credentials: typeof ROOT): Promise<Store> {
    const store = await openMongoStore(servers.url('probe', credentials))
    onTestFinished(() => store.close())
    return store
  }

  it('finds a server that answers and writes nothing, for its disk is locked', async () => {
    const store = await opened(ROOT)
    await servers.admin.db('admin').command({ fsync: 1, lock: true })
    try {
      await store.revision()
      await expect(store.probe({ timeoutMs: () => 1_000 })).rejects.toThrow(StoreUnavailableError)
    } finally {
      await servers.admin.db('admin').command({ fsyncUnlock: 1 })
    }
    await store.probe()
  })

  it('finds a user who may read and not write', async () => {
    await opened(ROOT)
    const roles = [{ role: 'read', db: 'probe' }]
    await servers.admin.db('admin').command({ createUser: READER.user, pwd: READER.password, roles })
    const store = await opened(READER)
    await store.revision()
    await expect(store.probe()).rejects.toThrow(/not authorized/)
  })

  it('finds a server that is lost, and that it is back', async () => {
    const store = await opened(ROOT)
    await servers.kill(0)
    await expect(store.probe({ timeoutMs: () => 1_000 })).rejects.toThrow(StoreUnavailableError)
    await servers.restart(0)
    await store.probe()
  })
})
