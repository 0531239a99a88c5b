import { create, createFileRegistry, fromBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { describe, expect, test } from 'vitest'
import { ChatApi } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { Health } from '../../gen/ts/grpc/health/v1/health_pb.js'
import { ServerReflection, type ServerReflectionRequestSchema } from '../../gen/ts/grpc/reflection/v1/reflection_pb.js'
import { ServerReflection as ServerReflectionAlpha } from '../../gen/ts/grpc/reflection/v1alpha/reflection_pb.js'
import { reflectionAlphaService, reflectionService } from '../../src/rpc/reflection.ts'
import { SymbolTable } from '../../src/rpc/symbol-table.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { clientOf, collect, start, WIRES } from './wires.ts'

type Question = NonNullable<MessageInitShape<typeof ServerReflectionRequestSchema>['messageRequest']>

const FILE = 'chatapi/v1/chat_api.proto'
const symbols = new SymbolTable([ChatApi, Health, ServerReflection, ServerReflectionAlpha])
const services = [
  bind(ServerReflection, reflectionService(symbols)),
  bind(ServerReflectionAlpha, reflectionAlphaService(symbols)),
]
const versions = [
  ['v1', ServerReflection],
  ['v1alpha', ServerReflectionAlpha as unknown as typeof ServerReflection],
] as const
const wires = WIRES.filter(({ httpVersion }) => httpVersion === '2')

describe.each(wires)('$name', (wire) => {
  describe.each(versions)('reflection %s', (_version, service) => {
    async function ask(...questions: Question[]) {
      const { url } = await start(wire.listener, services)
      const requests = async function* () {
        for (const messageRequest of questions) yield { messageRequest }
      }
      return collect(clientOf(service, wire, url).serverReflectionInfo(requests()))
    }

    async function filesOf(question: Question): Promise<FileDescriptorProto[]> {
      const [answer] = await ask(question)
      if (answer?.messageResponse.case !== 'fileDescriptorResponse') throw new Error('no files')
      return answer.messageResponse.value.fileDescriptorProto.map((bytes) =>
        fromBinary(FileDescriptorProtoSchema, bytes),
      )
    }

    test('lists the services', async () => {
      const [answer] = await ask({ case: 'listServices', value: '*' })
      expect(answer?.messageResponse).toMatchObject({
        case: 'listServicesResponse',
        value: { service: symbols.services.map((name) => ({ name })) },
      })
      expect(answer?.originalRequest?.messageRequest).toEqual({ case: 'listServices', value: '*' })
    })

    test.each([
      'chatapi.v1.ChatApi',
      'chatapi.v1.ChatApi.GetStream',
      'chatapi.v1.ChatStream',
      'chatapi.v1.ChatStream.stream_id',
      'chatapi.v1.ChatStream.LabelsEntry',
      'chatapi.v1.StreamType',
      'chatapi.v1.STREAM_TYPE_GROUP',
      'chatapi.v1.GetStreamTypeRequest.target',
    ])('finds the file of %s, with all that it imports', async (symbol) => {
      const files = await filesOf({ case: 'fileContainingSymbol', value: symbol })
      expect(files[0]?.name).toBe(FILE)
      const set = create(FileDescriptorSetSchema, { file: files.toReversed() })
      const method = createFileRegistry(set).getService('chatapi.v1.ChatApi')?.method.getStream
      expect(method?.input.typeName).toBe('chatapi.v1.GetStreamRequest')
      expect(files.map(({ name }) => name)).toContain('google/protobuf/timestamp.proto')
    })

    test('finds files by name and extensions by number', async () => {
      expect((await filesOf({ case: 'fileByFilename', value: FILE }))[0]?.name).toBe(FILE)
      const value = { containingType: 'google.protobuf.FieldOptions', extensionNumber: 1159 }
      expect((await filesOf({ case: 'fileContainingExtension', value }))[0]?.name).toBe('buf/validate/validate.proto')
      const [answer] = await ask({ case: 'allExtensionNumbersOfType', value: 'google.protobuf.FieldOptions' })
      expect(answer?.messageResponse).toMatchObject({
        case: 'allExtensionNumbersResponse',
        value: { baseTypeName: 'google.protobuf.FieldOptions', extensionNumber: expect.arrayContaining([1159]) },
      })
    })

    test('sends a file that was asked for again, and its imports only once', async () => {
      const question: Question = { case: 'fileByFilename', value: FILE }
      const sizes = (await ask(question, question)).map(({ messageResponse }) =>
        messageResponse.case === 'fileDescriptorResponse' ? messageResponse.value.fileDescriptorProto.length : 0,
      )
      expect(sizes[0]).toBeGreaterThan(1)
      expect(sizes[1]).toBe(1)
    })

    test('says what it does not know, and goes on', async () => {
      const answers = await ask(
        { case: 'fileContainingSymbol', value: 'no.Such' },
        { case: 'fileByFilename', value: 'no/such.proto' },
        { case: 'fileContainingExtension', value: { containingType: 'no.Such', extensionNumber: 1 } },
        { case: 'allExtensionNumbersOfType', value: 'no.Such' },
        { case: 'listServices', value: '' },
      )
      const kinds = answers.map(({ messageResponse }) =>
        messageResponse.case === 'errorResponse' ? messageResponse.value.errorCode : messageResponse.case,
      )
      expect(kinds).toEqual([Code.NotFound, Code.NotFound, Code.NotFound, Code.NotFound, 'listServicesResponse'])
    })
  })
})
