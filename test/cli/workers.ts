import type { ChildProcess } from 'node:child_process'
import { type Client, createClient } from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import { onTestFinished, vi } from 'vitest'
import { ChatApi } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { untilServing } from '../support/serving.ts'
import { type Outcome, type Running, start } from './command.ts'

// Several processes start one after the other.
vi.setConfig({ testTimeout: 120_000 })

export const FREE = ['--grpc-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0', '--log-format', 'json']

const READY = /^gRPC listening on (127\.0\.0\.1:\d+)\nHTTP listening on (http:\/\/127\.0\.0\.1:\d+)\n/m

/** A line of the log, as far as tests look at it. */
export interface Line {
  readonly level: string
  readonly msg: string
  readonly worker?: number
  readonly pid?: number
  readonly method?: string
  readonly delay_ms?: number
}

/** A server of several processes, which ends with the test. */
export interface Workers {
  readonly child: ChildProcess
  /** `http://127.0.0.1:PORT` of either port. */
  readonly grpc: string
  readonly http: string
  readonly ended: Promise<Outcome>
  says(text: string | RegExp): Promise<string>
  /** The lines of the log up to now that have this message. */
  lines(message: string): Promise<Line[]>
  /** The process ids of the workers that came up, first to last. */
  pids(): Promise<number[]>
}

/** Returns once the server answers. */
export async function startWorkers(
  store: string,
  flags: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Workers> {
  const server = start(['serve', '--store', store, '--workers', '2', ...FREE, ...flags], environment)
  const [, grpc, http] = READY.exec(await server.says(READY))!
  await untilServing(`http://${grpc}`)
  return { ...server, grpc: `http://${grpc}`, http: http!, ...logOf(server) }
}

export function logOf({ says }: Running): Pick<Workers, 'lines' | 'pids'> {
  const lines = async (message: string) =>
    (await says(''))
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Line)
      .filter(({ msg }) => msg === message)
  return { lines, pids: async () => (await lines('a worker is up')).map(({ pid }) => pid!) }
}

/** A client with a connection of its own. */
export function connect(url: string): Client<typeof ChatApi> {
  const sessionManager = new Http2SessionManager(url)
  onTestFinished(() => void sessionManager.abort())
  return createClient(ChatApi, createGrpcTransport({ baseUrl: url, sessionManager }))
}

export function connections(url: string, count: number): Client<typeof ChatApi>[] {
  return Array.from({ length: count }, () => connect(url))
}

/** Writes through each connection in turn, and right away looks for it through all the others. Returns what was not there. */
export async function missedReads(clients: readonly Client<typeof ChatApi>[], rounds: number): Promise<string[]> {
  const missed: string[] = []
  for (let round = 0; round < rounds; round++) {
    const groupId = `seen-${round}`
    const writer = clients[round % clients.length]!
    await writer.openStream({ platform: 'qq', groupId })
    await Promise.all(
      clients.map(async (client, index) => {
        const { stream } = await client.getStreamByGroupId({ groupId })
        if (stream === undefined) missed.push(`${groupId} by ${index}`)
      }),
    )
    // Found to be there already, by whoever it is.
    const { created } = await clients[(round + 1) % clients.length]!.openStream({ platform: 'qq', groupId })
    if (created) missed.push(`${groupId} is created twice`)
  }
  return missed
}
