import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Code } from '@connectrpc/connect'
import { expect, onTestFinished, test } from 'vitest'
import { digestOf } from '../../src/access/tokens.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { clientOf, startService, wires } from '../support/service.ts'

const overGrpc = wires['gRPC on the gRPC port']!
const overHttp = wires['Connect in JSON']!

async function metricsOf(httpUrl: string): Promise<string> {
  const response = await fetch(`${httpUrl}/metrics`)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  return response.text()
}

/** The value of a series, as in `chatapi_streams`. */
function seriesOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length))
}

test('calls are counted by method and code, and timed, whatever the port and the protocol', async () => {
  const service = await startService()
  const [grpc, http] = [clientOf(overGrpc(service)), clientOf(overHttp(service))]
  await grpc.openStream({ platform: 'qq', groupId: '1' })
  await grpc.getStreamsSummary({})
  await http.getStreamsSummary({})
  await expect(http.getStream({ streamId: 'none' })).rejects.toThrow()
  await expect(grpc.getStream({ streamId: '' })).rejects.toThrow()
  const text = await metricsOf(service.httpUrl)
  const calls = (method: string, code: string) =>
    seriesOf(text, `chatapi_calls_total{method="chatapi.v1.ChatApi/${method}",code="${code}"}`)
  expect(calls('GetStreamsSummary', 'OK')).toBe(2)
  expect(calls('OpenStream', 'OK')).toBe(1)
  expect(calls('GetStream', 'NOT_FOUND')).toBe(1)
  expect(calls('GetStream', 'INVALID_ARGUMENT')).toBe(1)
  expect(calls('GetStream', 'OK')).toBeUndefined()
  const duration = (part: string, labels = '') =>
    seriesOf(text, `chatapi_call_duration_seconds_${part}{${labels}method="chatapi.v1.ChatApi/GetStreamsSummary"}`)
  expect(duration('count')).toBe(2)
  expect(duration('bucket', 'le="+Inf",')).toBe(2)
  expect(duration('sum')).toBeGreaterThan(0)
})

test('codes are spelt as gRPC spells them', async () => {
  const metrics = new Metrics()
  for (const code of [undefined, Code.Canceled, Code.NotFound, Code.DeadlineExceeded]) metrics.calls.ended('m', code, 0)
  const codes = Array.from((await metrics.text()).matchAll(/code="(\w+)"/g), ([, code]) => code)
  expect(codes).toEqual(['OK', 'CANCELLED', 'DEADLINE_EXCEEDED', 'NOT_FOUND'])
})

test('the server tells what it holds, and how long its store takes', async () => {
  const service = await startService()
  const client = clientOf(overGrpc(service))
  await client.openStream({ platform: 'qq', groupId: '1' })
  await client.openStream({ platform: 'qq', groupId: '2' })
  const text = await metricsOf(service.httpUrl)
  expect(seriesOf(text, 'chatapi_streams')).toBe(2)
  expect(seriesOf(text, 'chatapi_view_lag_seconds')).toBe(0)
  expect(seriesOf(text, 'chatapi_unread_bytes')).toBe(0)
  expect(seriesOf(text, 'chatapi_connections{port="grpc"}')).toBe(1)
  expect(seriesOf(text, 'chatapi_connections{port="http"}')).toBe(1)
  expect(seriesOf(text, 'chatapi_store_duration_seconds_count{operation="commit"}')).toBe(2)
  expect(seriesOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(1e7)
  expect(seriesOf(text, 'process_cpu_seconds_total')).toBeGreaterThan(0)
  expect(seriesOf(text, 'process_open_fds')).toBeGreaterThan(2)
  expect(seriesOf(text, 'nodejs_eventloop_utilization')).toBeGreaterThan(0)
})

test('metrics are for readers, and count who is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chatapi-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const authTokens = join(folder, 'tokens.jsonl')
  const sha256 = digestOf('secret').toString('hex')
  await writeFile(authTokens, JSON.stringify({ name: 'prometheus', role: 'reader', sha256 }))
  const service = await startService({ authTokens })
  await expect(clientOf(overGrpc(service)).getStreamsSummary({})).rejects.toThrow()
  const refused = await fetch(`${service.httpUrl}/metrics`)
  expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'unauthenticated' }])
  const shown = await fetch(`${service.httpUrl}/metrics`, { headers: { authorization: 'Bearer secret' } })
  expect(seriesOf(await shown.text(), 'chatapi_refused_total{reason="UNAUTHENTICATED"}')).toBe(2)
})
