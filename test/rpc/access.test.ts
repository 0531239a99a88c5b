import { describe, expect, test } from 'vitest'
import { ChatApi } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { Health } from '../../gen/ts/grpc/health/v1/health_pb.js'
import type { Access } from '../../src/domain/access.ts'
import type { Directory, RpcContext } from '../../src/rpc/context.ts'
import { openGate } from '../../src/rpc/gate.ts'
import { newHealthStatus, routes } from '../../src/rpc/routes.ts'

const bindings = routes({ gate: openGate({} as Directory) } as RpcContext, newHealthStatus())

/** What each call changes decides who may make it. */
const ADMIN = new Set(['DeleteStream', 'CreateImport', 'UploadImportChunk', 'FinishImport'])
const RECORDER = new Set(['OpenStream', 'RecordActivity', 'UpdateStream', 'MergeStreams'])

function expected(service: string, method: string): Access {
  if (service === Health.typeName) return 'anyone'
  if (service === ChatApi.typeName && RECORDER.has(method)) return 'recorder'
  if (service === ChatApi.typeName && ADMIN.has(method)) return 'admin'
  return 'reader'
}

describe('who may call', () => {
  test.each(bindings.flatMap(({ service, access }) => service.methods.map((method) => ({ service, method, access }))))(
    '$method: the role is declared beside the method',
    ({ service, method, access }) => {
      expect(access?.[method.localName]).toBe(expected(service.typeName, method.name))
    },
  )

  test.each(bindings)('$service: no role is declared for what is no method', ({ service, access }) => {
    expect(Object.keys(access ?? {}).sort()).toEqual(service.methods.map(({ localName }) => localName).sort())
  })
})
