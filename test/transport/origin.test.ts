import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { bind } from '../../src/wire/service-binding.ts'
import { Kinds } from './kinds.ts'
import { connectFailure, post2 } from './raw.ts'
import { start } from './wires.ts'

const path = '/test.v1.Kinds/Unary'
const json = { 'content-type': 'application/json' }

/** A POST with just these fields; `fetch` sets the host itself. */
function post(
  url: string,
  headers: Record<string, string>,
  method = 'POST',
): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers: { ...json, ...headers }, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode!, body: Buffer.concat(chunks) }))
    })
    sent.on('error', reject).end(method === 'POST' ? '{}' : undefined)
  })
}

async function serve(options: Parameters<typeof start>[2] = {}) {
  let calls = 0
  const unary = () => {
    calls += 1
    return {}
  }
  const { url } = await start('http', [bind(Kinds, { unary })], { allowedHosts: [], ...options })
  return { url, calls: () => calls }
}

describe('a page of another site', () => {
  test.each([
    ['by a host name that leads here', { host: 'evil.example:8080' }],
    ['by a host name that looks local', { host: 'localhost.evil.example' }],
    ['from its own origin', { origin: 'https://evil.example' }],
    ['from an origin that looks local', { origin: 'http://localhost.evil.example' }],
    ['from no origin that it would name', { origin: 'null' }],
    ['from an origin that begins as an allowed one', { origin: 'https://console.example.evil.example' }],
  ])('cannot call %s', async (_how, head) => {
    const { url, calls } = await serve({ corsOrigins: ['https://console.example'] })
    const { status, body } = await post(url, head)
    expect(status).toBe(403)
    expect(connectFailure({ headers: {}, trailers: {}, body })).toMatchObject({
      code: 'permission_denied',
      info: { reason: 'ERROR_REASON_ORIGIN_REFUSED' },
    })
    expect(calls()).toBe(0)
  })

  test('cannot call over HTTP/2 either', async () => {
    const { url, calls } = await serve()
    for (const head of [{ ':authority': 'evil.example' }, { origin: 'https://evil.example' }]) {
      const { headers } = await post2(url, path, { ...json, ...head }, Buffer.from('{}'))
      expect(headers[':status']).toBe(403)
    }
    expect(calls()).toBe(0)
  })
})

describe('a page that may', () => {
  test.each([
    ['localhost', { host: 'localhost:8080' }],
    ['an address of this machine', { host: '127.0.0.1' }],
    ['another address of this machine', { host: '127.8.8.8:1' }],
    ['its address in IPv6', { host: '[::1]:8080' }],
    ['an allowed host', { host: 'chats.example.org' }],
    ['an allowed host, whatever its case and port', { host: 'Chats.Example.org:8443' }],
    ['its own origin', { host: 'localhost:8080', origin: 'http://localhost:8080' }],
    ['the origin of an allowed host', { host: 'localhost', origin: 'https://chats.example.org' }],
    ['an allowed origin', { origin: 'https://console.example' }],
  ])('calls by %s', async (_how, head) => {
    const { url, calls } = await serve({
      allowedHosts: ['chats.example.org'],
      corsOrigins: ['https://console.example'],
    })
    expect((await post(url, head)).status).toBe(200)
    expect(calls()).toBe(1)
  })

  test('calls from everywhere where all origins may', async () => {
    const { url } = await serve({ corsOrigins: ['*'] })
    expect((await post(url, { origin: 'https://anyone.example' })).status).toBe(200)
    expect((await post(url, { origin: 'null' })).status).toBe(200)
  })
})

test('the gRPC listener takes any authority', async () => {
  const { url } = await start('grpc', [bind(Kinds, { unary: () => ({}) })], { allowedHosts: [] })
  const head = { ':authority': '%2Frun%2Fsidecar.sock', 'content-type': 'application/grpc', te: 'trailers' }
  const { trailers } = await post2(url, path, head, Buffer.alloc(5))
  expect(trailers['grpc-status']).toBe('0')
})
