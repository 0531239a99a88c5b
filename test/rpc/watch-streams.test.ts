import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { StreamType } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'
import { digestOf } from '../../src/access/tokens.ts'
import { type MongoServers, mongodMissing, startReplicaSet } from '../support/mongod.ts'
import { type ChatApiClient, clientOf, type Service, startService, wires } from '../support/service.ts'
import { untilServing } from '../support/serving.ts'
import { Watching } from '../support/watching.ts'

async function failureOf(call: Promise<unknown>) {
  const error = ConnectError.from(await call.catch((reason: unknown) => reason))
  return { code: error.code, reason: error.findDetails(ErrorInfoSchema)[0]?.reason }
}

async function served(options: Parameters<typeof startService>[0] = {}): Promise<Service & { client: ChatApiClient }> {
  const service = await startService(options)
  await untilServing(service.grpcUrl)
  return { ...service, client: clientOf(createGrpcTransport({ baseUrl: service.grpcUrl })) }
}

function watching(...args: ConstructorParameters<typeof Watching>): Watching {
  const watch = new Watching(...args)
  onTestFinished(() => watch.end())
  return watch
}

async function open(client: ChatApiClient, groupId: string, platform = 'qq'): Promise<string> {
  return (await client.openStream({ platform, groupId })).stream!.streamId
}

async function rename(client: ChatApiClient, groupId: string, groupName: string, platform = 'qq'): Promise<void> {
  await client.recordActivity({ activities: [{ platform, groupInfo: { groupId, groupName } }] })
}

describe.each(Object.entries(wires).filter(([name]) => name !== 'Connect GET'))('over %s', (_name, connect) => {
  test('a watch begins with what there is and goes on with what changes', async () => {
    const service = await served()
    const first = await open(service.client, '1')
    const watch = watching(clientOf(connect(service)))
    expect((await watch.next()).value).toMatchObject({ revision: '1', heartbeat: { seconds: 15n } })
    await watch.snapshot()
    expect([...watch.copy.keys()]).toEqual([first])
    const second = await open(service.client, '2')
    await rename(service.client, '1', 'a name')
    expect(await watch.changes(2)).toEqual([`OPENED ${second}`, `UPDATED ${first}`])
    expect(watch.copy.get(first)?.groupInfo?.groupName).toBe('a name')
  })
})

let mongo: MongoServers | undefined
beforeAll(async () => {
  if (!mongodMissing()) mongo = await startReplicaSet()
}, 120_000)
afterAll(() => mongo?.[Symbol.asyncDispose]())

let databases = 0
const stores: Readonly<Record<string, () => Promise<string | undefined>>> = {
  SQLite: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatapi-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    return `sqlite:${join(folder, 'a.db')}`
  },
  ...(!mongodMissing() && {
    MongoDB: async () => {
      databases += 1
      return mongo!.url(`watch_${databases}`)
    },
  }),
}

describe.each(Object.entries(stores))('on %s', (_name, storeUrl) => {
  test('a filter tells what comes into it and leaves it from what is opened and deleted', async () => {
    const { client } = await served({ storeUrl: (await storeUrl())! })
    const named = await open(client, '1')
    await rename(client, '1', 'the cats')
    const watch = await watching(client, { filter: { nameContains: 'CAT', types: [StreamType.GROUP] } }).snapshot()
    expect([...watch.copy.keys()]).toEqual([named])
    const other = await open(client, '2')
    await rename(client, '2', 'more cats')
    await rename(client, '1', 'the dogs')
    await client.openStream({ platform: 'qq', userId: '3' })
    expect(await watch.changes(2)).toEqual([`ENTERED ${other}`, `LEFT ${named}`])
    expect([...watch.copy.keys()]).toEqual([other])
  })

  test('what was deleted is told from what was merged, and where that went', async () => {
    const { client } = await served({ storeUrl: (await storeUrl())! })
    const [one, two, three] = [await open(client, '1'), await open(client, '2'), await open(client, '3')]
    const watch = await watching(client).snapshot()
    await client.deleteStream({ streamId: one })
    await client.mergeStreams({ sourceStreamId: two, targetStreamId: three })
    const changes = await watch.changes(3)
    expect(changes[0]).toBe(`DELETED ${one}`)
    expect(changes.slice(1).sort()).toEqual([`MERGED ${two} ${three}`, `UPDATED ${three}`])
    expect([...watch.copy.keys()]).toEqual([three])
  })

  test('a watch goes on where another ended, exactly, also after a restart of the server', async () => {
    const url = (await storeUrl())!
    const before = await served({ storeUrl: url })
    const first = await open(before.client, '1')
    const watch = await watching(before.client).snapshot()
    const second = await open(before.client, '2')
    expect(await watch.changes(1)).toEqual([`OPENED ${second}`])
    watch.end()
    await rename(before.client, '1', 'a name')
    await before.stop()

    const { client } = await served({ storeUrl: url })
    const third = await open(client, '3')
    const resumed = watching(client, { start: { case: 'resumeToken', value: watch.token } })
    const fourth = (await client.openStream({ platform: 'qq', groupId: '4' })).stream!.streamId
    expect(await resumed.changes(3)).toEqual([`UPDATED ${first}`, `OPENED ${third}`, `OPENED ${fourth}`])
    await rename(client, '4', 'the last')
    expect(await resumed.changes(1)).toEqual([`UPDATED ${fourth}`])
  })

  test('a watch of changes alone begins now, and can be gone on with from its first message', async () => {
    const { client } = await served({ storeUrl: (await storeUrl())! })
    await open(client, '1')
    const watch = watching(client, { start: { case: 'changesOnly', value: true } })
    await watch.until('opened')
    const { token } = watch
    const second = await open(client, '2')
    expect(await watch.changes(1)).toEqual([`OPENED ${second}`])
    const resumed = watching(client, { start: { case: 'resumeToken', value: token } })
    expect(await resumed.changes(1)).toEqual([`OPENED ${second}`])
  })

  test('a bookmark says at each heartbeat that nothing is missed, and what there is', async () => {
    const { client } = await served({ storeUrl: (await storeUrl())! })
    await open(client, '1')
    const watch = await watching(client, { heartbeat: { seconds: 1n } }).snapshot()
    await open(client, '2')
    await watch.changes(1)
    const { event } = await watch.until('bookmark')
    expect(event.value).toMatchObject({ snapshotComplete: false, matching: 2n })
    const resumed = watching(client, { start: { case: 'resumeToken', value: watch.token }, heartbeat: { seconds: 1n } })
    expect((await resumed.until('bookmark')).event.value).toMatchObject({ matching: 2n, revision: `${watch.revision}` })
  })
})

describe('a watch', () => {
  test('says from which revision on one can be gone on with', async () => {
    const { client } = await served()
    await open(client, '1')
    expect((await watching(client).next()).value).toMatchObject({ revision: '1', oldestRevision: '0' })
  })

  test('of another filter does not go on with a token, and neither does what is no token', async () => {
    const { client } = await served()
    const watch = await watching(client).snapshot()
    for (const [platforms, value] of [
      [['qq'], watch.token],
      [[], 'nonsense'],
    ] as [string[], string][]) {
      const other = watching(client, { filter: { platforms }, start: { case: 'resumeToken', value } })
      expect(await failureOf(other.next())).toEqual({
        code: Code.InvalidArgument,
        reason: 'ERROR_REASON_RESUME_TOKEN_MISMATCH',
      })
    }
  })

  test('of another store does not go on with a token', async () => {
    const [one, other] = [await served(), await served()]
    await open(one.client, '1')
    await open(other.client, '1')
    const watch = await watching(one.client).snapshot()
    const resumed = watching(other.client, { start: { case: 'resumeToken', value: watch.token } })
    expect(await failureOf(resumed.next())).toEqual({
      code: Code.OutOfRange,
      reason: 'ERROR_REASON_RESUME_TOKEN_EXPIRED',
    })
  })

  describe('where callers show who they are', () => {
    async function guarded() {
      const folder = await mkdtemp(join(tmpdir(), 'chatapi-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      const authTokens = join(folder, 'tokens.jsonl')
      const allow = (entries: Record<string, object>) => {
        const lines = Object.entries(entries).map(([name, more]) =>
          JSON.stringify({ name, role: 'recorder', sha256: digestOf(name).toString('hex'), ...more }),
        )
        return writeFile(authTokens, lines.join('\n'))
      }
      await allow({ all: {}, part: { platforms: ['qq'] } })
      const service = await served({ authTokens })
      const as = (name: string): ChatApiClient => {
        const withToken: Interceptor = (next) => (request) => {
          request.header.set('authorization', `Bearer ${name}`)
          return next(request)
        }
        return clientOf(createGrpcTransport({ baseUrl: service.grpcUrl, interceptors: [withToken] }))
      }
      return { as, allow }
    }

    test('sees no more than its caller may, and begins anew for one who may see more', async () => {
      const { as } = await guarded()
      const visible = await open(as('all'), '1')
      await open(as('all'), '1', 'telegram')
      const watch = await watching(as('part')).snapshot()
      expect([...watch.copy.keys()]).toEqual([visible])
      await open(as('all'), '2', 'telegram')
      const another = await open(as('all'), '2')
      expect(await watch.changes(1)).toEqual([`OPENED ${another}`])
      const resumed = watching(as('all'), { start: { case: 'resumeToken', value: watch.token } })
      expect(await failureOf(resumed.next())).toMatchObject({ reason: 'ERROR_REASON_RESUME_TOKEN_EXPIRED' })
    })

    test.each([
      ['is known no more', { all: {} }, 'ERROR_REASON_UNAUTHENTICATED'],
      ['may see something else', { all: {}, part: { platforms: ['telegram'] } }, 'ERROR_REASON_RESUME_TOKEN_EXPIRED'],
    ])('ends when its caller %s', async (_what, entries, reason) => {
      const { as, allow } = await guarded()
      const watch = await watching(as('part'), { heartbeat: { seconds: 1n } }).snapshot()
      await allow(entries)
      const untilEnd = async () => {
        for (;;) await watch.next()
      }
      expect(await failureOf(untilEnd())).toMatchObject({ reason })
    })
  })

  test('ends with UNAVAILABLE when the server does', async () => {
    const service = await served()
    const watch = await watching(service.client).snapshot()
    const ended = failureOf(watch.next())
    await service.drain()
    expect(await ended).toEqual({ code: Code.Unavailable, reason: 'ERROR_REASON_SHUTTING_DOWN' })
  })

  test('is refused by a server that has nothing in memory that could tell of changes', async () => {
    const { client } = await served({ reads: 'store' })
    expect(await failureOf(watching(client).next())).toEqual({
      code: Code.FailedPrecondition,
      reason: 'ERROR_REASON_WATCH_UNSUPPORTED',
    })
  })

  test('comes in messages that no client refuses, however many streams there are and change at once', async () => {
    const { client } = await served()
    const activities = Array.from({ length: 1_000 }, (_, id) => ({
      platform: 'qq',
      groupInfo: { groupId: `${id}`, groupName: 'x'.repeat(1_000) },
    }))
    await client.recordActivity({ activities })
    const watch = await watching(client).snapshot()
    expect(watch.copy.size).toBe(1_000)
    expect(watch.messages.filter(({ event }) => event.case === 'snapshot').length).toBeGreaterThan(4)
    for (const activity of activities) activity.groupInfo.groupName = 'y'.repeat(1_000)
    await client.recordActivity({ activities })
    expect(await watch.changes(1_000)).toHaveLength(1_000)
    expect([...watch.copy.values()].every(({ groupInfo }) => groupInfo?.groupName?.startsWith('y'))).toBe(true)
  })
})
