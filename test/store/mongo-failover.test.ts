import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMongoStore } from '../../src/store/mongo/mongo-store.ts'
import { ConflictError, StoreUnavailableError } from '../../src/store/store.ts'
import { type MongoServers, mongodMissing, startReplicaSet } from '../support/mongod.ts'
import { creation, groupStream } from '../support/streams.ts'
import { cursorNow, Watcher } from './watcher.ts'

const BEFORE = 150
const AFTER = 150
const TIMEOUT_MS = 120_000

describe.skipIf(mongodMissing())('MongoDB, when servers are lost', { timeout: TIMEOUT_MS }, () => {
  let servers: MongoServers
  beforeAll(async () => {
    servers = await startReplicaSet({ members: 3 })
  }, TIMEOUT_MS)
  afterAll(() => servers?.stop())

  it('acknowledged commits are told once each and in order though the primary is killed, and commits go on', async () => {
    await using store = await opened(servers.url('failover'))
    const watcher = new Watcher(store, await cursorNow(store))
    const acknowledged: string[] = []
    let killed: Promise<void> | undefined
    let killedAt = 0
    let firstCommitMs = 0
    let firstChangeMs = 0
    while (acknowledged.length < BEFORE + AFTER) {
      const streamId = `stream-${acknowledged.length}`
      const began = performance.now()
      await committed(() => store.commit([creation(groupStream(streamId, { streamId }))]))
      acknowledged.push(streamId)
      if (killedAt > 0 && began > killedAt && firstCommitMs === 0) {
        firstCommitMs = performance.now() - killedAt
        await watcher.until(() => watcher.changes.length === acknowledged.length)
        firstChangeMs = performance.now() - killedAt
      }
      if (acknowledged.length === BEFORE) {
        const primary = await servers.primary()
        killedAt = performance.now()
        killed = servers.kill(primary)
      }
    }
    await killed
    await watcher.until(() => watcher.changes.length >= acknowledged.length)
    await watcher.stop()
    console.log(
      `after the kill: first commit acknowledged at ${Math.round(firstCommitMs)} ms, told at ${Math.round(firstChangeMs)} ms`,
    )
    expect(watcher.changes.map(({ streamId }) => streamId)).toEqual(acknowledged)
    expect((await store.list({}, undefined, 1_000)).found.map(({ streamId }) => streamId)).toEqual(acknowledged)
  })

  it('commits of many streams stay whole though the primary is killed', async () => {
    await restarted(servers)
    await using store = await opened(servers.url('whole'))
    const watcher = new Watcher(store, await cursorNow(store))
    for (let n = 0; n < 40; n++) {
      const streams = Array.from({ length: 20 }, (_, i) => groupStream(`${n}-${i}`, { streamId: `${n}-${i}` }))
      await committed(() => store.commit(streams.map(creation)))
      if (n === 15) await servers.kill(await servers.primary())
    }
    await watcher.until(() => watcher.changes.length >= 800)
    await watcher.stop()
    expect(watcher.commits.map(({ changes }) => changes.length)).toEqual(Array(40).fill(20))
    expect(watcher.commits.map(({ changes }) => Number.parseInt(changes[0]!.streamId, 10))).toEqual([
      ...Array(40).keys(),
    ])
  })

  it('without a majority calls fail as unavailable, and go on when it is back', async () => {
    await restarted(servers)
    await using store = await opened(`${servers.url('majority')}&serverSelectionTimeoutMS=1000`)
    await store.commit([creation(groupStream('before'))])
    const watcher = new Watcher(store, await cursorNow(store))
    const primary = await servers.primary()
    const others = [0, 1, 2].filter((member) => member !== primary)
    await Promise.all([0, 1, 2].map((member) => servers.kill(member)))
    await expect(store.get(['a'])).rejects.toThrow(StoreUnavailableError)
    await expect(store.commit([creation(groupStream('lost'))])).rejects.toThrow(StoreUnavailableError)
    await expect(store.snapshot()).rejects.toThrow(StoreUnavailableError)
    await Promise.all([primary, ...others].map((member) => servers.restart(member)))
    await committed(() => store.commit([creation(groupStream('after'))]))
    await watcher.until(() => watcher.changes.length >= 1)
    expect(watcher.changes.map(({ streamId }) => streamId)).toEqual([groupStream('after').streamId])
    await watcher.stop()
  })
})

/** Tries again while the database is not there. A try that was in doubt and a conflict after it mean that it went through. */
async function committed(commit: () => Promise<bigint>): Promise<void> {
  for (let doubt = false; ; doubt = true) {
    try {
      await commit()
      return
    } catch (error) {
      if (doubt && error instanceof ConflictError) return
      if (!(error instanceof StoreUnavailableError)) throw error
    }
  }
}

async function opened(url: string) {
  const store = await openMongoStore(url)
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() })
}

async function restarted(servers: MongoServers): Promise<void> {
  for (const member of servers.stopped()) await servers.restart(member)
}
