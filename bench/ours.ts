import { setTimeout as sleep } from 'node:timers/promises'
import { load } from './load.ts'
import { type Environment, type Subject, startNode } from './machine.ts'
import { connectLookups, lookups } from './questions.ts'

/** Asking takes from the core on which a database answers. */
const ASK_AGAIN_MS = 100

type Door = 'grpc' | 'http'

export interface Setup {
  /** Which port is open, and the address of the subject. Default: `grpc`. */
  readonly door?: Door
  /** Of Node, before the program. */
  readonly flags?: readonly string[]
  readonly environment?: Environment
  /** Default: 1. */
  readonly workers?: number
  readonly name?: string
}

/** Starts the server of this checkout over a SQLite file, or the MongoDB of a URL, and waits until it has loaded it. */
export async function startOurs(place: string, setup: Setup = {}): Promise<Subject> {
  const { door = 'grpc', flags = [], environment, workers = 1, name = 'ChatApi' } = setup
  const listen = (which: Door) => [`--${which}-listen`, which === door ? '127.0.0.1:0' : 'off']
  const store = place.startsWith('mongodb:') ? place : `sqlite:${place}`
  const args = ['--store', store, ...listen('grpc'), ...listen('http'), '--log-level', 'warn']
  if (workers > 1) args.push('--workers', `${workers}`)
  const subject = await startNode(name, [...flags, 'src/main.ts', 'serve', ...args], environment)
  await untilAnswering(subject, door, workers)
  return subject
}

/** A server that loads refuses calls; the first that succeeds ends the start, of each worker. Connections go round them. */
async function untilAnswering({ address }: Subject, door: Door, workers: number): Promise<void> {
  const traffic = door === 'grpc' ? lookups(1, workers, 1) : connectLookups('proto', workers, 1)
  for (;;) {
    try {
      load(address, [traffic], 0)
      return
    } catch (error) {
      if (!/grpc-status 14|503 /.test(String(error))) throw error
    }
    await sleep(ASK_AGAIN_MS)
  }
}
