import { describe, expect, it } from 'vitest'
import { connectTimeoutMs, grpcTimeoutMs } from '../../src/transport/protocols/timeouts.ts'
import { startService } from '../support/service.ts'
import { post1, post2 } from './raw.ts'

const path = '/chatapi.v1.ChatApi/GetStreamsSummary'
const json = { 'content-type': 'application/json' }

describe('a host that is none', () => {
  it.each([
    ['HTTP/1.1', post1, { host: '%%%[' }],
    ['HTTP/2', post2, { ':authority': '%%%[[[' }],
  ])('is refused over %s as a fault of the request', async (_name, post, head) => {
    const { httpUrl } = await startService()
    const { body } = await post(httpUrl, path, { ...json, ...head }, Buffer.from('{}'))
    expect(JSON.parse(body.toString())).toMatchObject({
      code: 'invalid_argument',
      details: [{ debug: { reason: 'ERROR_REASON_MALFORMED_REQUEST' } }],
    })
  })
})

describe('a timeout that is longer than any timer waits', () => {
  it.each([
    [connectTimeoutMs, { 'connect-timeout-ms': '9999999999' }, 2_147_483_647],
    [connectTimeoutMs, { 'connect-timeout-ms': '5000' }, 5_000],
    [grpcTimeoutMs, { 'grpc-timeout': '99999999H' }, 2_147_483_647],
    [grpcTimeoutMs, { 'grpc-timeout': '99999999S' }, 2_147_483_647],
    [grpcTimeoutMs, { 'grpc-timeout': '5S' }, 5_000],
    [grpcTimeoutMs, { 'grpc-timeout': '99999999m' }, 99_999_999],
  ])('is the longest that one does: %o %j', (timeoutMs, headers, expected) => {
    expect(timeoutMs({ headers })).toBe(expected)
  })

  it('does not end a call', async () => {
    const { httpUrl } = await startService()
    const timeout = { 'connect-timeout-ms': '9999999999' }
    const { body } = await post1(httpUrl, path, { ...json, ...timeout }, Buffer.from('{}'))
    expect(JSON.parse(body.toString())).toEqual({ revision: expect.any(String) })
  })
})
