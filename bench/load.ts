import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { buildGo } from './go.ts'
import { LOAD_CORE } from './machine.ts'

/**
 * Calls of one method: each connection keeps `inFlight` of them waiting for answers, or all together make `perSecond`, however
 * many wait; those that the server allows no room for are withheld.
 */
export interface Traffic {
  /** HTTP/1.1 has one call in flight on a connection, whatever `inFlight` says. */
  readonly protocol: 'grpc' | 'http1'
  /** As in `/chatapi.v1.ChatApi/GetStreamByGroupId`. */
  readonly path: string
  readonly contentType: string
  /** Requests to take turns with, in base64. */
  readonly requests: readonly string[]
  readonly connections: number
  readonly inFlight: number
  /** Of gRPC. */
  readonly perSecond?: number
}

export interface LoadResult {
  readonly seconds: number
  /** What the load itself took of its core. */
  readonly cpuSeconds: number
  /** In the order of the traffic asked for. */
  readonly traffic: readonly TrafficResult[]
}

export interface TrafficResult {
  /** Those that were answered. */
  readonly calls: number
  /** At a rate: those that the server refused, and those that it had no room for. */
  readonly refused: number
  readonly withheld: number
  /** Bytes of one answer, without the gRPC frame. */
  readonly answerBytes: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Calls that are opened and left open. */
export interface Holding {
  readonly path: string
  /** In base64. */
  readonly request: string
  readonly connections: number
  /** On each connection; fewer where the server allows fewer. */
  readonly calls: number
  /** Whether a first message of each answer is read. Otherwise nothing is, and no answer may be sent. */
  readonly reads: boolean
}

export interface Held {
  readonly opened: number
  /** How many calls the server allows on one connection; unknown where nothing is read. */
  readonly maxStreams?: number
  close(): Promise<void>
}

let built: string | undefined

/** The load generator, on the core of the load. */
function command(mode: 'calls' | 'hold'): [string, string[]] {
  built ??= buildGo('load', './bench/load')
  return ['taskset', ['-c', LOAD_CORE, built, mode]]
}

/** Puts load on a server for a while, all of the traffic at once, and waits for the result. */
export function load(address: string, traffic: readonly Traffic[], seconds: number): LoadResult {
  const [file, args] = command('calls')
  const input = JSON.stringify({ address, seconds, traffic })
  const { status, stdout, stderr } = spawnSync(file, args, { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`load on ${address}: ${stderr.trim()}`)
  return JSON.parse(stdout)
}

export async function hold(address: string, holding: Holding): Promise<Held> {
  const child = spawn(...command('hold'), { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  child.stdin.write(JSON.stringify({ address, ...holding }))
  for await (const line of createInterface(child.stdout)) {
    return {
      ...JSON.parse(line),
      async close() {
        child.stdin.end()
        await exited
      },
    }
  }
  throw new Error(`no calls of ${holding.path} could be held`)
}
