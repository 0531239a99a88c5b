import { createClient } from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/ts/grpc/health/v1/health_pb.js'

/** Returns once the server at this URL answers from its directory; until that is loaded it only listens. */
export async function untilServing(baseUrl: string): Promise<void> {
  const sessionManager = new Http2SessionManager(baseUrl)
  try {
    const health = createClient(Health, createGrpcTransport({ baseUrl, sessionManager }))
    for await (const { status } of health.watch({})) if (status === ServingStatus.SERVING) return
    throw new Error(`the server at ${baseUrl} stopped before it served`)
  } finally {
    sessionManager.abort()
  }
}
