import { once } from 'node:events'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { createClient } from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import { expect, it, onTestFinished } from 'vitest'
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/ts/grpc/health/v1/health_pb.js'
import { botDatabase, newFolder } from '../importers/scene.ts'
import { run, start } from './command.ts'
import { connect, connections, FREE, logOf, missedReads, startWorkers, type Workers } from './workers.ts'

function newStoreUrl(): string {
  return `sqlite:${join(newFolder(), 'data', 'chatapi.db')}`
}

/** A worker starts in half a second, and in many times that on a machine that runs all tests at once. */
const PATIENT = { timeout: 60_000 }

const pathOf = (storeUrl: string) => storeUrl.slice('sqlite:'.length)

/** Ends with 0. Its output ends with the last of its processes, so that it leaves no worker behind. */
async function endsWell(server: Workers): Promise<void> {
  server.child.kill('SIGTERM')
  const { code, stdout } = await server.ended
  expect(stdout).toMatch(/^gRPC listening on [\d.:]+\nHTTP listening on http:\/\/[\d.:]+\n$/)
  expect(code).toBe(0)
}

it('workers share the ports, and take connections in turn', async () => {
  const server = await startWorkers(newStoreUrl(), ['--log-level', 'debug'])
  expect(await server.pids()).toHaveLength(2)
  await Promise.all(connections(server.grpc, 4).map((client) => client.getStreamsSummary({})))
  await Promise.all(connections(server.http, 4).map((client) => client.getStreamsSummary({})))
  // By then all that was logged has come; a call is answered before its line is there.
  await endsWell(server)
  const calls = (await server.lines('call')).filter(({ method }) => method?.endsWith('/GetStreamsSummary'))
  const byWorker = Map.groupBy(calls, ({ worker }) => worker)
  expect(Array.from(byWorker.values(), ({ length }) => length)).toEqual([4, 4])
})

it('a write through one connection is seen through all others at once', async () => {
  const server = await startWorkers(newStoreUrl())
  expect(await missedReads([...connections(server.grpc, 6), ...connections(server.http, 2)], 60)).toEqual([])
  await endsWell(server)
})

it('what another process wrote is found there already by all at once', async () => {
  const store = newStoreUrl()
  const server = await startWorkers(store)
  const other = await startWorkers(store)
  const [here, there] = [connections(server.grpc, 4), connections(other.grpc, 4)]
  for (let round = 0; round < 20; round++) {
    const groupId = `${round}`
    await there[round % 4]!.openStream({ platform: 'qq', groupId })
    expect(await here[round % 4]!.openStream({ platform: 'qq', groupId })).toMatchObject({ created: false })
    const seen = await Promise.all(here.map((client) => client.getStreamByGroupId({ groupId })))
    expect(seen.map(({ stream }) => stream?.groupInfo?.groupId)).toEqual(here.map(() => groupId))
  }
})

it('a worker that is killed is replaced, calls go on, and no acknowledged write is lost', async () => {
  const server = await startWorkers(newStoreUrl())
  const clients = connections(server.grpc, 8)
  const acknowledged: string[] = []
  const over = new AbortController()
  const writing = clients.map(async (client, index) => {
    for (let count = 0; !over.signal.aborted; count++) {
      const groupId = `${index}-${count}`
      // What was in flight to the worker may have happened or not; the next call meets another one.
      const done = await client.recordActivity({ activities: [{ platform: 'qq', groupInfo: { groupId } }] }).then(
        () => true,
        () => false,
      )
      if (done) acknowledged.push(groupId)
    }
  })
  await expect.poll(() => acknowledged.length, PATIENT).toBeGreaterThan(50)
  process.kill((await server.pids())[0]!, 'SIGKILL')
  await expect.poll(() => server.pids(), PATIENT).toHaveLength(3)
  const before = acknowledged.length
  await expect.poll(() => acknowledged.length, PATIENT).toBeGreaterThan(before + 50)
  over.abort()
  await Promise.all(writing)
  const reader = connect(server.grpc)
  const found = await Promise.all(acknowledged.map((groupId) => reader.getStreamByGroupId({ groupId })))
  expect(acknowledged.filter((_groupId, index) => found[index]?.stream === undefined)).toEqual([])
  expect((await server.lines('a worker ended, and is replaced')).map(({ level }) => level)).toEqual(['error'])
  await endsWell(server)
})

it('workers that end as soon as they start are replaced later and later, and the others serve on', async () => {
  const mark = join(newFolder(), 'mark')
  const fault = `
    import cluster from 'node:cluster'
    import { existsSync } from 'node:fs'
    if (cluster.isWorker && existsSync(${JSON.stringify(mark)})) process.exit(7)`
  const server = await startWorkers(newStoreUrl(), [], {
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(fault)}`,
  })
  writeFileSync(mark, '')
  process.kill((await server.pids())[0]!, 'SIGKILL')
  await server.says('"delay_ms":1000')
  const delays = (await server.lines('a worker ended, and is replaced')).map(({ delay_ms }) => delay_ms)
  expect(delays).toEqual([0, 250, 500, 1_000])
  expect(await missedReads(connections(server.grpc, 3), 3)).toEqual([])
  rmSync(mark)
  await expect.poll(() => server.pids(), PATIENT).toHaveLength(3)
  await endsWell(server)
})

it('a worker that hangs is left out, writes go on within their deadlines, and it is replaced', async () => {
  const server = await startWorkers(newStoreUrl())
  await missedReads(connections(server.grpc, 4), 4)
  const [hanging] = await server.pids()
  process.kill(hanging!, 'SIGSTOP')
  const clients = connections(server.grpc, 4)
  for (const [index, client] of clients.entries()) {
    await client.openStream({ platform: 'qq', groupId: `${index}` }, { timeoutMs: 5_000 })
  }
  expect(await missedReads(clients, 4)).toEqual([])
  await server.says('a worker does not answer and is ended')
  await expect.poll(() => server.pids(), PATIENT).toHaveLength(3)
  expect(await missedReads(connections(server.grpc, 4), 4)).toEqual([])
  await endsWell(server)
})

/** The value of a series in the metrics of the server. */
async function metricOf(server: Workers, series: string): Promise<number> {
  const text = await (await fetch(`${server.http}/metrics`)).text()
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length),
  )
}

it('one page has the metrics of all, and what a worker has counted stays counted', async () => {
  const server = await startWorkers(newStoreUrl())
  const clients = connections(server.grpc, 6)
  await Promise.all(clients.map((client, index) => client.openStream({ platform: 'qq', groupId: `${index}` })))
  const calls = 'chatapi_calls_total{method="chatapi.v1.ChatApi/OpenStream",code="OK"}'
  expect(await metricOf(server, calls)).toBe(6)
  expect(await metricOf(server, 'chatapi_connections{port="grpc"}')).toBe(6)
  expect(await metricOf(server, 'chatapi_streams')).toBe(6)
  expect(await metricOf(server, 'chatapi_call_duration_seconds_count{method="chatapi.v1.ChatApi/OpenStream"}')).toBe(6)
  process.kill((await server.pids())[0]!, 'SIGKILL')
  await expect.poll(() => server.pids(), PATIENT).toHaveLength(3)
  expect(await metricOf(server, calls)).toBe(6)
  await endsWell(server)
})

it('connections count together', async () => {
  const server = await startWorkers(newStoreUrl(), ['--max-connections', '3'])
  const { hostname, port } = new URL(server.grpc)
  /** A connection that is served, or undefined where it is refused. */
  async function served(): Promise<Socket | undefined> {
    const socket = connectTcp(Number(port), hostname).on('error', () => {})
    onTestFinished(() => void socket.destroy())
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    // The server begins with its settings.
    return new Promise((resolve) => {
      socket.once('data', () => resolve(socket)).once('close', () => resolve(undefined))
    })
  }
  const sockets: Socket[] = []
  // Those of before may still count for a moment.
  while (sockets.length < 3) sockets.push(...[await served()].filter((socket) => socket !== undefined))
  expect(await served()).toBeUndefined()
  sockets[0]!.destroy()
  await expect.poll(async () => (await served()) !== undefined, PATIENT).toBe(true)
})

it('health is one: what one worker finds of the store, all tell', async () => {
  const store = newStoreUrl()
  const server = await startWorkers(store)
  const healths = Array.from({ length: 4 }, () => {
    const sessionManager = new Http2SessionManager(server.grpc)
    onTestFinished(() => void sessionManager.abort())
    return createClient(Health, createGrpcTransport({ baseUrl: server.grpc, sessionManager }))
  })
  const untilWrites = (wanted: ServingStatus) =>
    Promise.all(
      healths.map(async (health) => {
        for await (const { status } of health.watch({ service: 'chatapi.v1.ChatApi/writes' })) {
          if (status === wanted) return
        }
      }),
    )
  await untilWrites(ServingStatus.SERVING)
  rmSync(pathOf(store))
  await untilWrites(ServingStatus.NOT_SERVING)
  const pages = await Promise.all(Array.from({ length: 4 }, async () => (await fetch(`${server.http}/readyz`)).json()))
  expect(pages).toEqual(pages.map(() => expect.objectContaining({ status: 'serving', writes: 'not serving' })))
})

/** A call that has begun and is not sent whole, and what finishes it. */
async function beginCall(http: string): Promise<{ finish(): Promise<string> }> {
  const { hostname, port } = new URL(http)
  const socket = connectTcp(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {}).setEncoding('utf8')
  socket.write(
    'POST /chatapi.v1.ChatApi/GetStreamsSummary HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n' +
      'content-type: application/json\r\ncontent-length: 2\r\n\r\n{',
  )
  await once(socket, 'data')
  return {
    async finish() {
      socket.write('}')
      const [answer] = await once(socket, 'data')
      return String(answer).split('\r\n')[0]!
    },
  }
}

/** Returns once nobody listens there. */
async function untilRefused(http: string): Promise<void> {
  const { hostname, port } = new URL(http)
  for (;;) {
    const socket = connectTcp(Number(port), hostname)
    const isRefused = await once(socket, 'connect').then(
      () => false,
      () => true,
    )
    socket.on('error', () => {}).destroy()
    if (isRefused) return
  }
}

it('lets the calls in flight finish at SIGTERM, in every worker', async () => {
  const server = await startWorkers(newStoreUrl())
  const calls = await Promise.all(Array.from({ length: 6 }, () => beginCall(server.http)))
  server.child.kill('SIGTERM')
  await server.says('draining')
  await untilRefused(server.http)
  const answers = await Promise.all(calls.map((call) => call.finish()))
  expect(answers).toEqual(calls.map(() => 'HTTP/1.1 200 OK'))
  expect((await server.ended).code).toBe(0)
})

it('ends at once at a second signal, and takes its workers along', async () => {
  const server = await startWorkers(newStoreUrl(), ['--drain-timeout', '10m'])
  await beginCall(server.http)
  server.child.kill('SIGTERM')
  await server.says('draining')
  server.child.kill('SIGTERM')
  // Its output ends with the last of its processes.
  expect((await server.ended).code).toBe(1)
})

it('workers end with a supervisor that is killed', async () => {
  const server = await startWorkers(newStoreUrl())
  server.child.kill('SIGKILL')
  await server.ended
})

it('looks through a store that was not closed once, not with every worker', async () => {
  const store = newStoreUrl()
  const first = await startWorkers(store)
  await connect(first.grpc).openStream({ platform: 'qq', groupId: '1' })
  first.child.kill('SIGKILL')
  await first.ended
  const second = await startWorkers(store)
  await second.says('the database is whole')
  process.kill((await second.pids())[0]!, 'SIGKILL')
  await expect.poll(() => second.pids(), PATIENT).toHaveLength(3)
  expect(await second.lines('the database is whole')).toHaveLength(1)
  await endsWell(second)
})

it('says in one line that a port is in use, and leaves no store behind', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  const store = newStoreUrl()
  const listen = ['--grpc-listen', `127.0.0.1:${port}`, '--http-listen', '127.0.0.1:0']
  expect(await run(['serve', '--store', store, ...listen, '--workers', '2'])).toEqual({
    code: 1,
    stdout: '',
    stderr: `chatapi: cannot listen on 127.0.0.1:${port}: the port is in use\n`,
  })
  expect(existsSync(dirname(pathOf(store)))).toBe(false)
})

it('says in one line that a store cannot be opened', async () => {
  const args = ['serve', '--store', `sqlite:${botDatabase('closed')}`, ...FREE, '--workers', '2']
  const { code, stdout, stderr } = await run(args)
  expect(stderr).toMatch(/^chatapi: .*is the database of a MaiBot.*\n$/)
  expect([code, stdout]).toEqual([1, ''])
})

it('ends with 0 at SIGTERM before it is up', async () => {
  const store = 'mongodb://127.0.0.1:1/MegBot?serverSelectionTimeoutMS=600000'
  const server = start(['serve', '--store', store, ...FREE, '--workers', '2'])
  await server.says('waiting for MongoDB')
  const pids = await logOf(server).pids()
  server.child.kill('SIGTERM')
  const { code, stdout } = await server.ended
  expect([code, stdout, pids]).toEqual([0, '', []])
})
