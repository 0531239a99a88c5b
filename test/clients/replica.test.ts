import { rm } from 'node:fs/promises'
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from '@connectrpc/connect'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  ChangeKind,
  type ChatApi,
  type ChatApiClient,
  ChatApiError,
  createClient,
  ErrorReason,
  Replica,
  type ReplicaChange,
  type ReplicaEvent,
  type ReplicaOptions,
  SpecialType,
  StreamOrder,
} from '../../clients/typescript/src/node.ts'
import { ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'
import { startFakeServer } from './support/fake-server.ts'
import { Server } from './support/server.ts'

/** So that revisions without changes are known soon. */
const QUICK: ReplicaOptions = { heartbeatMs: 1_000 }

async function served() {
  const server = await Server.start()
  onTestFinished(() => server.stop())
  return { server, client: clientOf(server.grpc) }
}

function clientOf(address: string): ChatApiClient {
  const client = createClient({ address })
  onTestFinished(() => client.close())
  return client
}

/** A replica that notes what it tells. */
function watched(client: ChatApiClient, options: ReplicaOptions = QUICK) {
  const replica = new Replica(client, options)
  onTestFinished(() => replica.close())
  const changes: ReplicaChange[] = []
  const events: ReplicaEvent[] = []
  replica.onChange((change) => changes.push(change))
  replica.onEvent((event) => events.push(event))
  const until = (type: ReplicaEvent['type']) =>
    new Promise<ReplicaEvent>((resolve) => {
      const stop = replica.onEvent((event) => {
        if (event.type !== type) return
        stop()
        resolve(event)
      })
    })
  return { replica, changes, events, until }
}

function failureOf(read: () => unknown): ChatApiError {
  try {
    read()
  } catch (error) {
    if (error instanceof ChatApiError) return error
    throw error
  }
  throw new Error('it answered')
}

const all = { specialType: SpecialType.ALL_PLATFORMS }

describe('a replica', () => {
  it('follows what is written, and tells what was and what is', async () => {
    const { client } = await served()
    const { replica, changes } = watched(client)
    await replica.ready
    const opened = await client.openStream({ platform: 'qq', groupId: '1' })
    const renamed = await client.updateStream({ streamId: opened.stream!.streamId, customName: 'Cats' })
    await replica.waitFor(renamed.revision)
    expect(replica.get(opened.stream!.streamId)).toEqual(renamed.stream)
    expect(replica.resolve('Cats')).toEqual(renamed.stream)
    expect(replica.query({ nameContains: 'cat' }, StreamOrder.NAME)).toEqual([renamed.stream])
    expect(changes).toMatchObject([
      { kind: ChangeKind.OPENED, before: undefined, after: opened.stream, revision: opened.revision },
      { kind: ChangeKind.UPDATED, before: opened.stream, after: renamed.stream, isInferred: false },
    ])
  })

  it('shows a commit whole or not at all', async () => {
    const { client } = await served()
    const activities = Array.from({ length: 1_000 }, (_, id) => ({
      platform: 'qq',
      groupInfo: { groupId: `${id}`, groupName: 'x'.repeat(1_000) },
    }))
    const { replica } = watched(client)
    await replica.ready
    const seen = new Set<number>()
    replica.onChange(() => seen.add(replica.size))
    const { revision } = await client.recordActivity({ activities })
    await replica.waitFor(revision)
    expect([...seen]).toEqual([1_000])
  })

  it('keeps nothing but what its filter matches', async () => {
    const { client } = await served()
    const { replica, changes } = watched(client, { ...QUICK, filter: { nameContains: 'cat' } })
    await replica.ready
    const { stream } = await client.openStream({ platform: 'qq', groupId: '1', groupName: 'Dogs' })
    const { streamId } = stream!
    await client.updateStream({ streamId, customName: 'Cats' })
    const { revision } = await client.updateStream({ streamId, customName: 'Birds' })
    await replica.waitFor(revision)
    expect(replica.getAllStreams().totalSize).toBe(0)
    expect(changes.map(({ kind }) => kind)).toEqual([ChangeKind.ENTERED, ChangeKind.LEFT])
  })

  it('goes on where it was after the server was killed, and answers meanwhile', async () => {
    const { server, client } = await served()
    await client.openStream({ platform: 'qq', groupId: '1' })
    const { replica, changes, events, until } = watched(client)
    await replica.ready
    const interrupted = until('interrupted')
    await server.kill()
    await interrupted
    expect(replica.getAllStreams().totalSize).toBe(1)
    expect(replica.stalenessMs).toBeGreaterThan(0)
    await server.restart()
    const { revision } = await client.openStream({ platform: 'qq', groupId: '2' })
    await replica.waitFor(revision)
    expect(changes.map(({ kind, isInferred }) => [kind, isInferred])).toEqual([[ChangeKind.OPENED, false]])
    expect(events.map(({ type }) => type)).not.toContain('replaced')
  }, 30_000)

  it('takes a new snapshot where a server knows nothing of what it missed, and tells the difference', async () => {
    const { server, client } = await served()
    const { replica, changes, until } = watched(client)
    const kept = (await client.openStream({ platform: 'qq', groupId: '1' })).stream!
    const gone = (await client.openStream({ platform: 'qq', groupId: '2' })).stream!
    await replica.waitFor((await client.updateStream({ streamId: kept.streamId, customName: 'Old' })).revision)
    changes.length = 0
    await server.kill()
    for (const part of ['', '-wal', '-shm']) await rm(server.store.replace('sqlite:', '') + part, { force: true })
    await server.restart()
    const replaced = until('replaced')
    await client.openStream({ platform: 'qq', groupId: '1' })
    const opened = await client.openStream({ platform: 'qq', groupId: '3' })
    await replaced
    await replica.waitFor(opened.revision)
    expect(replica.getAllStreams(all).streams).toEqual((await client.getAllStreams(all)).streams)
    const inferred = changes.filter(({ isInferred }) => isInferred)
    expect(inferred.find(({ streamId }) => streamId === gone.streamId)).toMatchObject({
      kind: ChangeKind.DELETED,
      before: gone,
      after: undefined,
    })
    expect(inferred.find(({ streamId }) => streamId === kept.streamId)).toMatchObject({ kind: ChangeKind.UPDATED })
  }, 30_000)

  it('refuses revisions that it has not reached, and waits no longer than it is told', async () => {
    const { client } = await served()
    const { replica } = watched(client)
    await replica.ready
    const failure = failureOf(() => replica.getAllStreams({ atLeastRevision: '999' }))
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', reason: ErrorReason.REVISION_NOT_REACHED })
    await expect(replica.waitFor('999', { timeoutMs: 1 })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    const reason = new Error('enough')
    await expect(replica.waitFor('999', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('fails every call once it is closed, and whoever waits', async () => {
    const { client } = await served()
    const { replica } = watched(client)
    await replica.ready
    const waiting = replica.waitFor('999')
    replica.close()
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(failureOf(() => replica.get('1'))).toMatchObject({ code: 'CANCELLED' })
    expect(replica.stalenessMs).toBe(Number.POSITIVE_INFINITY)
  })

  it('tells others of a change although a listener throws', async () => {
    const { client } = await served()
    const { replica, changes, until } = watched(client)
    await replica.ready
    const error = new Error('of a listener')
    replica.onChange(() => {
      throw error
    })
    const failed = until('listener-failed')
    await client.openStream({ platform: 'qq', groupId: '1' })
    expect(await failed).toMatchObject({ error })
    expect(changes).toHaveLength(1)
  })
})

type Watch = ServiceImpl<typeof ChatApi>['watchStreams']

/** A server whose watches go as told, the first one first and the last one for ever. */
async function faking(...watches: Watch[]) {
  let count = 0
  const fake = await startFakeServer({
    watchStreams: (request, call) => watches[Math.min(count++, watches.length - 1)]!(request, call),
  })
  onTestFinished(() => fake[Symbol.asyncDispose]())
  return clientOf(fake.address)
}

const opened = {
  event: { case: 'opened', value: { directoryId: 'a', revision: '7', heartbeat: { seconds: 60n } } },
} as const
const whole = {
  event: { case: 'bookmark', value: { revision: '7', snapshotComplete: true, matching: 0n, digest: 0n } },
  resumeToken: 'seven',
} as const

function untilEnd({ signal }: HandlerContext): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

const empty: Watch = async function* (_request, call) {
  yield opened
  yield whole
  await untilEnd(call)
}

describe('where the server is at fault', () => {
  it('is mended by a new snapshot when the copy is not what it should be, and says so', async () => {
    const tokens: (string | undefined)[] = []
    const wrong: Watch = async function* (_request, call) {
      yield opened
      yield { ...whole, event: { ...whole.event, value: { ...whole.event.value, matching: 1n, digest: 5n } } }
      await untilEnd(call)
    }
    const right: Watch = (request, call) => {
      tokens.push(request.start.case)
      return empty(request, call)
    }
    const { replica, events, until } = watched(await faking(wrong, right))
    await until('replaced')
    const sums = { found: { matching: 0, digest: 0n }, expected: { matching: 1, digest: 5n } }
    expect(events).toMatchObject([{ type: 'ready' }, { type: 'mismatch', ...sums }, { type: 'replaced' }])
    expect(tokens).toEqual([undefined])
    expect(replica.getAllStreams().totalSize).toBe(0)
  })

  it('gives up a snapshot that does not end, and begins another', async () => {
    const hanging: Watch = async function* (_request, call) {
      yield opened
      await untilEnd(call)
    }
    const { replica, events } = watched(await faking(hanging, empty), { snapshotTimeoutMs: 100 })
    await replica.ready
    expect(events).toMatchObject([
      { type: 'interrupted', error: { code: 'DEADLINE_EXCEEDED', reason: ErrorReason.DEADLINE_EXCEEDED } },
      { type: 'ready' },
    ])
  })

  it('never goes back to a snapshot of a server that is behind', async () => {
    const forgotten: Watch = async function* () {
      yield opened
      yield whole
      throw new ConnectError('compacted', Code.OutOfRange)
    }
    const behind: Watch = async function* (_request, call) {
      yield { event: { ...opened.event, value: { ...opened.event.value, revision: '6' } } }
      await untilEnd(call)
    }
    const { replica, events, until } = watched(await faking(forgotten, behind, empty))
    await until('replaced')
    expect(events).toMatchObject([
      { type: 'ready' },
      { type: 'interrupted', error: { code: 'OUT_OF_RANGE' } },
      { type: 'interrupted', error: { reason: ErrorReason.REVISION_NOT_REACHED } },
      { type: 'replaced', revision: '7' },
    ])
    expect(replica.revision).toBe('7')
  })

  it('goes on with the last token after a commit that came in part', async () => {
    const requests: unknown[] = []
    const part: Watch = async function* () {
      yield opened
      yield whole
      const changes = [{ streamId: 'a', kind: ChangeKind.OPENED, stream: { streamId: 'a', etag: 'AAAAAAAAAAA' } }]
      yield { event: { case: 'commit', value: { changes, revision: '8', more: true } } }
      throw new ConnectError('gone', Code.Unavailable)
    }
    const resumed: Watch = async function* (request, call) {
      requests.push(request.start)
      yield { ...opened, resumeToken: 'seven' }
      await untilEnd(call)
    }
    const { replica, until, changes } = watched(await faking(part, resumed))
    await until('interrupted')
    await expect.poll(() => requests).toEqual([{ case: 'resumeToken', value: 'seven' }])
    expect(changes).toEqual([])
    expect(replica.size).toBe(0)
  })

  it('says at once why it cannot become ready, and goes on trying', async () => {
    const refused: Watch = () => {
      const detail = { desc: ErrorInfoSchema, value: { reason: 'ERROR_REASON_UNAUTHENTICATED', domain: 'chatapi.v1' } }
      throw new ConnectError('who are you', Code.Unauthenticated, undefined, [detail])
    }
    const { replica, until } = watched(await faking(refused, empty))
    await expect(replica.ready).rejects.toMatchObject({ reason: ErrorReason.UNAUTHENTICATED })
    expect(failureOf(() => replica.getAllStreams())).toMatchObject({
      code: 'UNAVAILABLE',
      reason: ErrorReason.DIRECTORY_LOADING,
    })
    await until('ready')
    expect(replica.isReady).toBe(true)
  })
})
