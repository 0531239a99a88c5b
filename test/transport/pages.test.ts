import { expect, test } from 'vitest'
import { bind } from '../../src/wire/service-binding.ts'
import { Kinds } from './kinds.ts'
import { start } from './wires.ts'

const services = [bind(Kinds, { unary: () => ({}) })]
const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }

test('tells that it lives, whatever it is ready for', async () => {
  const { url } = await start('http', [], { readiness: () => ({ isServing: false, takesWrites: false }) })
  const answer = await fetch(`${url}/healthz?verbose`)
  expect([answer.status, await answer.json()]).toEqual([200, { status: 'alive' }])
})

test.each([
  [{ isServing: true, takesWrites: true }, 200, { status: 'serving', writes: 'serving' }],
  [
    { isServing: true, takesWrites: false, reason: 'the disk is full' },
    200,
    { status: 'serving', writes: 'not serving', reason: 'the disk is full' },
  ],
  [
    { isServing: false, takesWrites: false, reason: 'the disk is full' },
    503,
    { status: 'not serving', writes: 'not serving', reason: 'the disk is full' },
  ],
])('tells what it is ready for: %o', async (readiness, status, body) => {
  const { url } = await start('http', [], { readiness: () => readiness })
  const answer = await fetch(`${url}/readyz?verbose`)
  expect([answer.status, await answer.json()]).toEqual([status, body])
})

test('leaves other paths to pages, and says in JSON where there is none', async () => {
  const { url } = await start('http', services, {
    pages: (path) => (path === '/' ? { status: 200, contentType: 'text/html', body: '<h1>console</h1>' } : undefined),
  })
  expect(await (await fetch(`${url}/`)).text()).toBe('<h1>console</h1>')
  const missing = await fetch(`${url}/nothing`)
  expect({ status: missing.status, body: await missing.json() }).toEqual({
    status: 404,
    body: { code: 'not_found', message: 'nothing is at /nothing' },
  })
})

test('lets pages of listed origins call, with what they have to send', async () => {
  const { url } = await start('http', services, { corsOrigins: ['https://a.example'] })
  const path = `${url}/test.v1.Kinds/Unary`
  const preflight = await fetch(path, {
    method: 'OPTIONS',
    headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
  })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-methods')).toBe('POST, GET')
  expect(preflight.headers.get('access-control-max-age')).toBe('7200')
  expect(preflight.headers.get('access-control-allow-origin')).toBe('https://a.example')
  const allowed = preflight.headers.get('access-control-allow-headers')?.toLowerCase().split(', ')
  expect(allowed).toEqual(
    expect.arrayContaining(['authorization', 'content-type', 'connect-protocol-version', 'x-grpc-web', 'grpc-timeout']),
  )
  const call = await fetch(path, { ...post, headers: { ...post.headers, origin: 'https://a.example' } })
  expect(call.status).toBe(200)
  expect(call.headers.get('access-control-allow-origin')).toBe('https://a.example')
  expect(call.headers.get('access-control-expose-headers')).toContain('Grpc-Status-Details-Bin')
  expect(call.headers.get('vary')).toContain('Origin')
})

test('tells caches that answers differ by origin, also where none is named', async () => {
  const { url } = await start('http', services, { corsOrigins: ['https://a.example'] })
  expect((await fetch(`${url}/test.v1.Kinds/Unary`, post)).headers.get('vary')).toContain('Origin')
  const { url: closed } = await start('http', services)
  expect((await fetch(`${closed}/test.v1.Kinds/Unary`, post)).headers.get('vary')).toBeNull()
})

test('allows nothing to other origins, and nothing to any by default', async () => {
  for (const corsOrigins of [['https://a.example'], []]) {
    const { url } = await start('http', services, { corsOrigins })
    for (const origin of [
      'https://b.example',
      'https://a.example.b.example',
      'https://a.example:8443',
      'https://a.e',
    ]) {
      const headers = { origin, 'access-control-request-method': 'POST' }
      const preflight = await fetch(`${url}/test.v1.Kinds/Unary`, { method: 'OPTIONS', headers })
      expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
      expect(preflight.headers.get('access-control-allow-headers')).toBeNull()
    }
  }
})

test('lets pages of every origin call where all may, and says so to each by its name', async () => {
  const { url } = await start('http', services, { corsOrigins: ['*'] })
  const call = await fetch(`${url}/test.v1.Kinds/Unary`, {
    ...post,
    headers: { ...post.headers, origin: 'https://b.example' },
  })
  expect(call.status).toBe(200)
  expect(call.headers.get('access-control-allow-origin')).toBe('https://b.example')
})
