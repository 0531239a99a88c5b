import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import { Client, credentials, type ServiceError } from '@grpc/grpc-js'
import {
  GetStreamsSummaryRequestSchema,
  GetStreamsSummaryResponseSchema,
  OpenStreamRequestSchema,
  OpenStreamResponseSchema,
} from '../../../gen/ts/chatapi/v1/chat_api_pb.js'
import { buildGo } from './go-program.ts'

export interface Outcome {
  readonly calls: number
  readonly failed: number
  /** The first of them. */
  readonly failures: readonly string[]
}

/** Clients that call several servers without a pause, by a balancer of their gRPC library and its defaults; one call in ten writes. */
export interface Load {
  /** Returns once each of the servers has answered since. */
  untilAllAnswer(): Promise<unknown>
  /** Returns what became of the calls, once there were enough. */
  finish(): Promise<Outcome>
}

/** By grpc-go. */
export async function loadByGo(addresses: readonly string[], calls: number): Promise<Load> {
  const child = spawn(await buildGo('./test/clients/balanced'), ['-calls', String(calls), ...addresses], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  return {
    async untilAllAnswer() {
      const told = once(lines, 'line')
      child.stdin.write('\n')
      await told
    },
    async finish() {
      const told = once(lines, 'line')
      child.stdin.end()
      const [line] = await told
      return JSON.parse(line)
    },
  }
}

const CALLERS = 4
const CALL_TIMEOUT_MS = 10_000
const MAX_SHOWN = 5

/** By grpc-js. */
export function loadByNode(addresses: readonly string[], calls: number): Load {
  const client = new Client(`ipv4:${addresses.join(',')}`, credentials.createInsecure(), {
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  })
  const failures: string[] = []
  const ending = new AbortController()
  let made = 0
  let failed = 0
  let answering: { readonly seen: Set<string>; readonly resolve: () => void } | undefined

  async function call(): Promise<void> {
    made += 1
    try {
      const from = await (made % 10 === 0 ? write(`node-${made}`) : ask())
      answering?.seen.add(from)
      if (answering?.seen.size === addresses.length) answering.resolve()
    } catch (error) {
      failed += 1
      if (failures.length < MAX_SHOWN) failures.push((error as ServiceError).message)
    }
  }
  const ask = () =>
    unary(client, 'GetStreamsSummary', GetStreamsSummaryRequestSchema, {}, GetStreamsSummaryResponseSchema)
  const write = (groupId: string) =>
    unary(client, 'OpenStream', OpenStreamRequestSchema, { platform: 'qq', groupId }, OpenStreamResponseSchema)

  const calling = Array.from({ length: CALLERS }, async () => {
    while (!ending.signal.aborted || made < calls) await call()
  })
  return {
    untilAllAnswer: () =>
      new Promise<void>((resolve) => {
        answering = { seen: new Set(), resolve }
      }),
    async finish() {
      ending.abort()
      await Promise.all(calling)
      client.close()
      return { calls: made, failed, failures }
    },
  }
}

/** Calls, and returns the address of the server that answered. */
function unary<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: string,
  input: I,
  request: MessageInitShape<I>,
  output: O,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(
      `/chatapi.v1.ChatApi/${method}`,
      (message: MessageShape<I>) => Buffer.from(toBinary(input, message)),
      (bytes: Buffer) => fromBinary(output, bytes),
      create(input, request),
      { deadline: Date.now() + CALL_TIMEOUT_MS },
      (error) => (error ? reject(error) : resolve(call.getPeer())),
    )
  })
}
