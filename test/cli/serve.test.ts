import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { botDatabase, newFolder } from '../importers/scene.ts'
import { type Running, run, silentDatabase, start } from './command.ts'

function newStoreUrl(): string {
  return `sqlite:${join(newFolder(), 'data', 'chatapi.db')}`
}

const READY = /^gRPC listening on (127\.0\.0\.1:(\d+))\nHTTP listening on (http:\/\/127\.0\.0\.1:(\d+))\n/m

async function ready(server: Running): Promise<{ grpc: number; http: string }> {
  const [, , grpc, http] = READY.exec(await server.says(READY))!
  return { grpc: Number(grpc), http: http! }
}

const FREE = ['--grpc-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0']

it.each(['SIGTERM', 'SIGINT'] as const)('says where it listens, and ends with 0 at %s', async (signal) => {
  const server = start(['serve', '--store', newStoreUrl(), ...FREE])
  const { grpc, http } = await ready(server)
  const caller = connect(grpc, '127.0.0.1')
  await once(caller, 'connect')
  caller.destroy()
  expect((await fetch(`${http}/healthz`)).status).toBe(200)
  server.child.kill(signal)
  const { code, stdout } = await server.ended
  expect(code).toBe(0)
  expect(stdout).toMatch(/^gRPC listening on [\d.:]+\nHTTP listening on http:\/\/[\d.:]+\n$/)
})

it('shows what an import beside it brings in', async () => {
  const store = newStoreUrl()
  const server = start(['serve', '--store', store, ...FREE])
  const { http } = await ready(server)
  const total = async () => {
    const answer = await fetch(`${http}/chatapi.v1.ChatApi/GetStreamsSummary`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    return ((await answer.json()) as { totalStreams?: unknown }).totalStreams
  }
  expect((await run(['import', botDatabase('running'), '--store', store])).code).toBe(0)
  await expect.poll(async () => Number(await total()), { timeout: 10_000 }).toBe(60)
})

it('waits for a call in flight, and ends at once at a second signal', async () => {
  const server = start(['serve', '--store', newStoreUrl(), ...FREE, '--drain-timeout', '10m'])
  const { http } = await ready(server)
  const { hostname, port } = new URL(http)
  const caller = connect(Number(port), hostname)
  onTestFinished(() => void caller.destroy())
  caller.on('error', () => {})
  // The server asks for the rest of the call, so it has begun; the rest never comes.
  caller.write(
    'POST /chatapi.v1.ChatApi/GetStreamsSummary HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n' +
      'content-type: application/json\r\ncontent-length: 9\r\n\r\n{',
  )
  await once(caller, 'data')
  server.child.kill('SIGTERM')
  await server.says('draining')
  server.child.kill('SIGTERM')
  expect((await server.ended).code).toBe(1)
})

it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 at %s while it waits for its database', async (signal) => {
  const { url, called } = await silentDatabase()
  // Longer than a test may take.
  const server = start(['serve', '--store', `${url}/MegBot?serverSelectionTimeoutMS=600000`, ...FREE])
  await called
  server.child.kill(signal)
  const { code, stdout } = await server.ended
  expect([code, stdout]).toEqual([0, ''])
})

it('says in one line that a port is in use, and leaves no store behind', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  for (const [busy, other] of [
    ['--grpc-listen', '--http-listen'],
    ['--http-listen', '--grpc-listen'],
  ] as const) {
    const store = newStoreUrl()
    const args = ['serve', '--store', store, busy, `127.0.0.1:${port}`, other, '127.0.0.1:0']
    expect(await run(args, { CHATAPI_LOG_LEVEL: 'warn' })).toEqual({
      code: 1,
      stdout: '',
      stderr: `chatapi: cannot listen on 127.0.0.1:${port}: the port is in use\n`,
    })
    expect(existsSync(dirname(store.slice('sqlite:'.length)))).toBe(false)
  }
})

it('says in one line that a store cannot be opened', async () => {
  const { code, stdout, stderr } = await run(['serve', '--store', `sqlite:${botDatabase('closed')}`, ...FREE])
  expect(stderr).toMatch(/^chatapi: .*is the database of a MaiBot.*\n$/)
  expect([code, stdout]).toEqual([1, ''])
})

it('serves on when whoever reads its output has left', async () => {
  const store = newStoreUrl()
  const server = start(['serve', '--store', store, ...FREE])
  const { http } = await ready(server)
  await server.says('the directory is loaded')
  const statusOf = async (method: string, request: object) => {
    const headers = { 'content-type': 'application/json' }
    const call = { method: 'POST', headers, body: JSON.stringify(request) }
    return (await fetch(`${http}/chatapi.v1.ChatApi/${method}`, call)).status
  }
  server.child.stdout?.destroy()
  server.child.stderr?.destroy()
  // What cannot be written is logged.
  rmSync(store.slice('sqlite:'.length))
  expect(await statusOf('OpenStream', { platform: 'qq', groupId: '1' })).toBe(503)
  expect(await statusOf('GetStreamsSummary', {})).toBe(200)
  server.child.kill('SIGTERM')
  expect((await server.ended).code).toBe(0)
})

it('logs the first error that nobody handles, and drains', async () => {
  const fault = `process.on('SIGUSR2', () => { throw new Error('boom') })`
  const server = start(['serve', '--store', newStoreUrl(), ...FREE], {
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(fault)}`,
  })
  await ready(server)
  server.child.kill('SIGUSR2')
  server.child.kill('SIGUSR2')
  const { code, stderr } = await server.ended
  expect(code).toBe(1)
  expect(stderr.match(/an error was handled nowhere/g)).toHaveLength(1)
  expect(stderr).toContain('boom')
  expect(stderr).toContain('stopped')
})

it('logs for programs with named levels and times of ISO 8601', async () => {
  const server = start(['serve', '--store', newStoreUrl(), ...FREE, '--log-format', 'json'])
  await ready(server)
  server.child.kill('SIGTERM')
  const lines = (await server.ended).stderr.trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(expect.arrayContaining(['serving', 'stopped']))
  for (const line of lines) expect(line).toMatch(/^\{"level":"info","time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",/)
})
