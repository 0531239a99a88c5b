import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readTracingConfig } from '../../src/config/tracing.ts'
import { clientOf } from '../support/service.ts'
import { start } from './command.ts'

interface Span {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: readonly { key: string; value: { stringValue?: string; intValue?: number } }[]
}

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const PARENT_ID = 'b7ad6b7169203331'
const LISTEN = ['--grpc-listen', '127.0.0.1:0', '--http-listen', 'off']

/** What is sent to it, as programs of OpenTelemetry send it. */
async function startCollector() {
  const spans: Span[] = []
  let resources = ''
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString())
    for (const { resource, scopeSpans } of resourceSpans) {
      resources += JSON.stringify(resource)
      for (const scope of scopeSpans) spans.push(...scope.spans)
    }
    response.setHeader('content-type', 'application/json').end('{}')
    server.emit('spans')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return {
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    },
    spans,
    resources: () => resources,
  }
}

async function folderOfTest(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chatapi-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

describe('a server with variables of OpenTelemetry', () => {
  test('tells of each call and of what it asks of the store, as part of what the client does', async () => {
    const collector = await startCollector()
    const folder = await folderOfTest()
    const server = start(['serve', '--store', `sqlite:${folder}/a.db`, ...LISTEN], collector.environment)
    const [, port] = /gRPC listening on 127.0.0.1:(\d+)/.exec(await server.says(/gRPC listening on .*\n/))!
    const client = clientOf(createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` }))
    const headers = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01`, 'x-request-id': 'mine' }
    await client.openStream({ platform: 'qq', groupId: '1', groupName: 'a secret name' }, { headers })
    server.child.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)

    const ofCall = collector.spans.filter(({ traceId }) => traceId === TRACE_ID)
    const call = ofCall.find(({ name }) => name === 'chatapi.v1.ChatApi/OpenStream')!
    expect(call).toMatchObject({ parentSpanId: PARENT_ID, kind: 2 })
    const attributes = Object.fromEntries(
      call.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]),
    )
    expect(attributes).toEqual({
      'rpc.system': 'grpc',
      'rpc.service': 'chatapi.v1.ChatApi',
      'rpc.method': 'OpenStream',
      'rpc.grpc.status_code': 0,
      'client.address': '127.0.0.1',
      'chatapi.request_id': 'mine',
    })
    const ofStore = ofCall.filter((span) => span !== call)
    expect(ofStore.map(({ name }) => name)).toContain('store commit')
    for (const { parentSpanId } of ofStore) expect(parentSpanId).toBe(call.spanId)
    expect(collector.resources()).toContain('"chatapi"')
    expect(JSON.stringify(collector.spans)).not.toContain('secret')
  })

  test('serves on where nobody takes what it tells, and says so', async () => {
    const folder = await folderOfTest()
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_BSP_SCHEDULE_DELAY: '10' }
    const server = start(['serve', '--store', `sqlite:${folder}/a.db`, ...LISTEN], environment)
    const [, port] = /gRPC listening on 127.0.0.1:(\d+)/.exec(await server.says(/gRPC listening on .*\n/))!
    const client = clientOf(createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` }))
    await client.openStream({ platform: 'qq', groupId: '1' })
    await server.says('OpenTelemetry: ')
    server.child.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
  })
})

test('a server is traced as soon as the environment has a variable of OpenTelemetry that says something', () => {
  expect(readTracingConfig({ CHATAPI_STORE: 'sqlite:a.db', OTEL_SERVICE_NAME: '' })).toBeUndefined()
  expect(readTracingConfig({ OTEL_TRACES_EXPORTER: 'otlp' })).toEqual({ serviceName: 'chatapi' })
  expect(readTracingConfig({ OTEL_SERVICE_NAME: 'chats' })).toEqual({ serviceName: 'chats' })
  expect(readTracingConfig({ OTEL_SERVICE_NAME: 'chats', OTEL_SDK_DISABLED: 'TRUE' })).toBeUndefined()
})
