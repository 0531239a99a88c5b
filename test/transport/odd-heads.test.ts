import { describe, expect, it } from 'vitest'
import { limitTimeouts } from '../../src/transport/timeouts.ts'
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
    [{ 'connect-timeout-ms': '9999999999' }, { 'connect-timeout-ms': '2147483647' }],
    [{ 'grpc-timeout': '99999999H' }, { 'grpc-timeout': '2147483S' }],
    [{ 'grpc-timeout': '99999999S' }, { 'grpc-timeout': '2147483S' }],
    [{ 'grpc-timeout': '5S' }, { 'grpc-timeout': '5S' }],
    [{ 'grpc-timeout': '99999999m' }, { 'grpc-timeout': '99999999m' }],
    [{ 'connect-timeout-ms': '5000' }, { 'connect-timeout-ms': '5000' }],
  ])('%j becomes %j', (given, expected) => {
    const header = new Headers(given as Record<string, string>)
    limitTimeouts(header)
    expect(Object.fromEntries(header)).toEqual(expected)
  })

  it('does not end a call', async () => {
    const { httpUrl } = await startService()
    const timeout = { 'connect-timeout-ms': '9999999999' }
    const { body } = await post1(httpUrl, path, { ...json, ...timeout }, Buffer.from('{}'))
    expect(JSON.parse(body.toString())).toEqual({})
  })
})
