import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Code, ConnectError, createClient, type Interceptor, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ErrorInfoSchema, RetryInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/ts/grpc/health/v1/health_pb.js'
import { ServerReflection } from '../../gen/ts/grpc/reflection/v1/reflection_pb.js'
import { digestOf } from '../../src/access/tokens.ts'
import { clientOf, type Service, startService } from '../support/service.ts'

const tokens = {
  reader: { role: 'reader' },
  recorder: { role: 'recorder' },
  admin: { role: 'admin' },
  'reader of telegram': { role: 'reader', platforms: ['telegram'] },
  'recorder of account 1': { role: 'recorder', accounts: ['1'] },
}
type Name = keyof typeof tokens

/** Secrets that appear nowhere else. */
function tokenOf(name: string): string {
  return `secret-of-${name.replaceAll(' ', '-')}`
}

async function startGuarded(options: { rate?: number; maxStreamsPerPrincipal?: number } = {}): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'chatapi-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const authTokens = join(folder, 'tokens.jsonl')
  const lines = Object.entries(tokens).map(([name, entry]) =>
    JSON.stringify({ name, ...entry, sha256: digestOf(tokenOf(name)).toString('hex') }),
  )
  await writeFile(authTokens, lines.join('\n'))
  return startService({ authTokens, ...options })
}

const wires: Readonly<Record<string, (service: Service, interceptors: Interceptor[]) => Transport>> = {
  'gRPC on the gRPC port': ({ grpcUrl }, interceptors) => createGrpcTransport({ baseUrl: grpcUrl, interceptors }),
  'gRPC on the HTTP port': ({ httpUrl }, interceptors) => createGrpcTransport({ baseUrl: httpUrl, interceptors }),
  'gRPC-Web': ({ httpUrl }, interceptors) =>
    createGrpcWebTransport({ baseUrl: httpUrl, httpVersion: '1.1', interceptors }),
  Connect: ({ httpUrl }, interceptors) =>
    createConnectTransport({ baseUrl: httpUrl, httpVersion: '1.1', interceptors }),
  'Connect GET': ({ httpUrl }, interceptors) =>
    createConnectTransport({ baseUrl: httpUrl, httpVersion: '1.1', useHttpGet: true, interceptors }),
}

function withHeader(authorization: string | undefined): Interceptor[] {
  if (authorization === undefined) return []
  return [
    (next) => (request) => {
      request.header.set('authorization', authorization)
      return next(request)
    },
  ]
}

async function failureOf(call: Promise<unknown>) {
  const error = ConnectError.from(
    await call.then(
      () => 'no error',
      (reason: unknown) => reason,
    ),
  )
  return { code: error.code, reason: error.findDetails(ErrorInfoSchema)[0]?.reason, message: error.rawMessage }
}

const chat = (platform: string, accountId = '') => ({ platform, accountId, groupId: '7' })

describe.each(Object.entries(wires))('over %s, where credentials are asked for', (_name, connect) => {
  const callers = (service: Service) => (name: Name) =>
    clientOf(connect(service, withHeader(`Bearer ${tokenOf(name)}`)))

  test.each([
    ['no credentials', undefined, 'the call has no credentials; expected the header "authorization: Bearer TOKEN"'],
    ['an unknown token', 'Bearer nobody', 'the token is not known'],
    ['an empty token', 'Bearer ', 'the header "authorization" has no token; expected "Bearer TOKEN"'],
    ['another scheme', `Basic ${tokenOf('admin')}`, 'the header "authorization" has no token; expected "Bearer TOKEN"'],
  ])('a call with %s is refused, whatever it asks', async (_what, authorization, message) => {
    const client = clientOf(connect(await startGuarded(), withHeader(authorization)))
    const refused = { code: Code.Unauthenticated, reason: 'ERROR_REASON_UNAUTHENTICATED', message }
    expect(await failureOf(client.getStreamsSummary({}))).toEqual(refused)
    expect(await failureOf(client.openStream(chat('qq')))).toEqual(refused)
    // Not even whether it is valid: nothing of its body is looked at.
    expect(await failureOf(client.getStream({ streamId: '' }))).toEqual(refused)
  })

  test('each role may do what those before it may, and no more', async () => {
    const as = callers(await startGuarded())
    const refused = {
      code: Code.PermissionDenied,
      reason: 'ERROR_REASON_PERMISSION_DENIED',
      message: 'OpenStream needs the role recorder; "reader" is a reader',
    }
    expect(await failureOf(as('reader').openStream(chat('qq')))).toEqual(refused)
    expect((await as('reader').getStreamsSummary({})).totalStreams).toBe(0n)
    await as('recorder').openStream(chat('qq'))
    await as('admin').openStream(chat('telegram'))
    expect((await as('recorder').getStreamsSummary({})).totalStreams).toBe(2n)
    expect((await as('reader').getAllStreams({ specialType: 1 })).totalSize).toBe(2)
  })

  test('a scope holds in answers, counts, totals, pages and errors', async () => {
    const as = callers(await startGuarded())
    const { stream } = await as('admin').openStream(chat('qq'))
    const { stream: theirs } = await as('admin').openStream(chat('telegram'))
    const client = as('reader of telegram')
    // Asked of everything first, so that a list is kept that is not theirs.
    expect((await as('admin').getAllStreams({ specialType: 1 })).totalSize).toBe(2)
    const all = await client.getAllStreams({ specialType: 1 })
    expect([all.streams.map(({ streamId }) => streamId), all.totalSize]).toEqual([[theirs!.streamId], 1])
    const page = await client.getAllStreams({ specialType: 1, pageSize: 1 })
    expect([page.streams.length, page.totalSize, page.nextPageToken]).toEqual([1, 1, ''])
    expect(await client.getAllStreams({})).toMatchObject({ streams: [], totalSize: 0 })
    expect((await client.getStreamByGroupId({ groupId: '7' })).stream).toBeUndefined()
    const found = await client.getStreamByGroupId({ groupId: '7', specialType: 1 })
    expect([found.stream?.streamId, found.otherStreamIds]).toEqual([theirs!.streamId, []])
    const summary = await client.getStreamsSummary({})
    expect([summary.totalStreams, summary.qqStreams, summary.platformStreams]).toEqual([1n, 0n, { telegram: 1n }])
    const streamIds = [stream!.streamId, theirs!.streamId]
    const batch = await client.batchGetStreams({ streamIds })
    expect([batch.streams.length, batch.missingStreamIds]).toEqual([1, [stream!.streamId]])
    const target = { case: 'streamId', value: stream!.streamId } as const
    for (const call of [client.getStream({ streamId: stream!.streamId }), client.getStreamType({ target })]) {
      expect(await failureOf(call)).toMatchObject({ code: Code.NotFound, reason: 'ERROR_REASON_STREAM_NOT_FOUND' })
    }
  })

  test('a scope holds for what is written', async () => {
    const as = callers(await startGuarded())
    await as('admin').openStream(chat('qq', '2'))
    const client = as('recorder of account 1')
    const denied = { code: Code.PermissionDenied, reason: 'ERROR_REASON_PERMISSION_DENIED' }
    expect(await failureOf(client.openStream(chat('qq', '2')))).toMatchObject(denied)
    expect(await failureOf(client.openStream(chat('qq', '3')))).toMatchObject(denied)
    const activity = { platform: 'qq', groupInfo: { groupId: '7' } }
    expect(await failureOf(client.recordActivity({ activities: [activity] }))).toMatchObject(denied)
    await client.recordActivity({ activities: [{ ...activity, accountId: '1' }] })
    expect((await client.getStreamsSummary({})).totalStreams).toBe(1n)
    expect((await as('admin').getStreamsSummary({})).totalStreams).toBe(2n)
  })

  test('health is for everyone', async () => {
    const service = await startGuarded()
    const { status } = await createClient(Health, connect(service, [])).check({})
    expect(status).toBe(ServingStatus.SERVING)
  })
})

test('a rate holds for each principal, whatever the port, and says when to ask again', async () => {
  const service = await startGuarded({ rate: 1 })
  const as = (name: Name) => clientOf(wires.Connect!(service, withHeader(`Bearer ${tokenOf(name)}`)))
  for (let call = 0; call < 2; call++) await as('reader').getStreamsSummary({})
  const error = ConnectError.from(
    await as('reader')
      .getStreamsSummary({})
      .catch((reason: unknown) => reason),
  )
  expect(error.code).toBe(Code.ResourceExhausted)
  expect(error.findDetails(ErrorInfoSchema)[0]?.reason).toBe('ERROR_REASON_RATE_LIMITED')
  expect(error.findDetails(RetryInfoSchema)).toHaveLength(1)
  await as('admin').getStreamsSummary({})
  expect((await fetch(`${service.httpUrl}/healthz`)).status).toBe(200)
})

test('a rate holds for each address where nobody is asked who calls', async () => {
  const service = await startService({ rate: 1 })
  const client = clientOf(wires.Connect!(service, []))
  for (let call = 0; call < 2; call++) await client.getStreamsSummary({})
  expect(await failureOf(client.getStreamsSummary({}))).toMatchObject({ reason: 'ERROR_REASON_RATE_LIMITED' })
  const health = createClient(Health, wires.Connect!(service, []))
  expect((await health.check({})).status).toBe(ServingStatus.SERVING)
})

/** A stream of reflection that stays open: `next` asks what services there are, and `end` ends it. */
function reflectionOf(service: Service, authorization?: string) {
  const client = createClient(ServerReflection, wires['gRPC on the gRPC port']!(service, withHeader(authorization)))
  const ended = Promise.withResolvers<void>()
  async function* requests() {
    yield { messageRequest: { case: 'listServices', value: '' } as const }
    await ended.promise
  }
  const answers = client.serverReflectionInfo(requests())[Symbol.asyncIterator]()
  return {
    async next() {
      const { value, done } = await answers.next()
      if (done) throw new Error('the server answered nothing')
      return value.messageResponse.case
    },
    async end() {
      ended.resolve()
      await answers.next()
    },
  }
}

test('a limit on streams holds for each principal, until they are closed', async () => {
  const service = await startGuarded({ maxStreamsPerPrincipal: 1 })
  const open = (name: Name) => reflectionOf(service, `Bearer ${tokenOf(name)}`)
  const first = open('reader')
  expect(await first.next()).toBe('listServicesResponse')
  const refused = await failureOf(open('reader').next())
  expect(refused).toMatchObject({ code: Code.ResourceExhausted, reason: 'ERROR_REASON_RATE_LIMITED' })
  expect(await open('admin').next()).toBe('listServicesResponse')
  await first.end()
  expect(await open('reader').next()).toBe('listServicesResponse')
})

test('reflection is for readers', async () => {
  const service = await startGuarded()
  const list = (authorization?: string) => reflectionOf(service, authorization).next()
  expect(await failureOf(list())).toMatchObject({ code: Code.Unauthenticated })
  expect(await list(`Bearer ${tokenOf('reader')}`)).toBe('listServicesResponse')
})

test('the pages that say whether the server lives are for everyone', async () => {
  const { httpUrl } = await startGuarded()
  expect((await fetch(`${httpUrl}/healthz`)).status).toBe(200)
})
