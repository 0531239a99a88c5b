import type { MessageInitShape } from '@bufbuild/protobuf'
import { Code, type ServiceImpl } from '@connectrpc/connect'
import type {
  ServerReflection,
  ServerReflectionRequest,
  ServerReflectionResponseSchema,
} from '../../gen/ts/grpc/reflection/v1/reflection_pb.js'
import type { ServerReflection as ServerReflectionAlpha } from '../../gen/ts/grpc/reflection/v1alpha/reflection_pb.js'
import type { AccessOf } from '../wire/service-binding.ts'
import type { SymbolTable } from './symbol-table.ts'

export const reflectionAccess: AccessOf<typeof ServerReflection> = { serverReflectionInfo: 'reader' }

type Response = MessageInitShape<typeof ServerReflectionResponseSchema>
type Answer = NonNullable<Response['messageResponse']>

/** Tells clients without a schema, such as `grpcurl` and `buf curl`, what this server serves. */
export function reflectionService(symbols: SymbolTable): ServiceImpl<typeof ServerReflection> {
  return {
    async *serverReflectionInfo(requests) {
      const sent = new Set<string>()
      for await (const request of requests) {
        yield { validHost: request.host, originalRequest: request, messageResponse: answer(symbols, request, sent) }
      }
    },
  }
}

/** The same under its older name, which many clients still ask first; the messages have the same fields. */
export function reflectionAlphaService(symbols: SymbolTable): ServiceImpl<typeof ServerReflectionAlpha> {
  return reflectionService(symbols) as unknown as ServiceImpl<typeof ServerReflectionAlpha>
}

/** `sent` holds the files that the client has from earlier answers of the same call. */
function answer(symbols: SymbolTable, { messageRequest }: ServerReflectionRequest, sent: Set<string>): Answer {
  switch (messageRequest.case) {
    case 'listServices':
      return { case: 'listServicesResponse', value: { service: symbols.services.map((name) => ({ name })) } }
    case 'fileByFilename':
      return files(symbols, messageRequest.value, symbols.file(messageRequest.value), sent)
    case 'fileContainingSymbol':
      return files(symbols, messageRequest.value, symbols.fileOfSymbol(messageRequest.value), sent)
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = messageRequest.value
      const file = symbols.fileOfExtension(containingType, extensionNumber)
      return files(symbols, `extension ${extensionNumber} of ${containingType}`, file, sent)
    }
    case 'allExtensionNumbersOfType': {
      const baseTypeName = messageRequest.value
      if (!symbols.isMessage(baseTypeName)) return error(Code.NotFound, `no message is named ${baseTypeName}`)
      const extensionNumber = symbols.extensionNumbers(baseTypeName)
      return { case: 'allExtensionNumbersResponse', value: { baseTypeName, extensionNumber } }
    }
    default:
      return error(Code.InvalidArgument, 'the request asks for nothing')
  }
}

function files(symbols: SymbolTable, wanted: string, name: string | undefined, sent: Set<string>): Answer {
  if (name === undefined) return error(Code.NotFound, `not found: ${wanted}`)
  const fileDescriptorProto = symbols.withImports(name).flatMap((file) => {
    // The file asked for is always in the answer; its imports only where the client does not have them.
    if (sent.has(file.name) && file.name !== name) return []
    sent.add(file.name)
    return [file.bytes]
  })
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } }
}

function error(errorCode: Code, errorMessage: string): Answer {
  return { case: 'errorResponse', value: { errorCode, errorMessage } }
}
