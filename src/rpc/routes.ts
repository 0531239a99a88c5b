import type { DescService } from '@bufbuild/protobuf'
import { ChatApi } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { file_google_rpc_error_details } from '../../gen/ts/google/rpc/error_details_pb.js'
import { Health } from '../../gen/ts/grpc/health/v1/health_pb.js'
import { ServerReflection } from '../../gen/ts/grpc/reflection/v1/reflection_pb.js'
import { ServerReflection as ServerReflectionAlpha } from '../../gen/ts/grpc/reflection/v1alpha/reflection_pb.js'
import { bind, type ServiceBinding } from '../wire/service-binding.ts'
import { chatApi } from './chat-api.ts'
import type { RpcContext } from './context.ts'
import { HealthStatus, healthAccess, healthService } from './health.ts'
import { reflectionAccess, reflectionAlphaService, reflectionService } from './reflection.ts'
import { SymbolTable } from './symbol-table.ts'

const services: readonly DescService[] = [ChatApi, Health, ServerReflection, ServerReflectionAlpha]

/** The health of the server, which serves nothing until told otherwise. */
export function newHealthStatus(): HealthStatus {
  return new HealthStatus(ChatApi.typeName)
}

/** Everything that a listener serves. */
export function routes(context: RpcContext, health: HealthStatus): ServiceBinding[] {
  const symbols = new SymbolTable(services, [file_google_rpc_error_details])
  const reflection = { access: reflectionAccess, gate: context.gate.guard(reflectionAccess) }
  return [
    chatApi(context),
    bind(Health, healthService(health), { access: healthAccess }),
    bind(ServerReflection, reflectionService(symbols), reflection),
    bind(ServerReflectionAlpha, reflectionAlphaService(symbols), reflection),
  ]
}
