import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { untilServing } from '../../support/serving.ts'

export interface ServerOptions {
  /** A store URL; absent means a new SQLite file, which goes with the server. */
  readonly store?: string
  /** Origins of pages that may call. */
  readonly corsOrigins?: readonly string[]
  /** Further flags of `serve`. */
  readonly flags?: readonly string[]
}

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))
/** Reads a line that never comes; the end of the pipe tells that the tests are gone, however they went. */
const WATCHDOG = 'read -r _; kill -9 "$1" 2>/dev/null; rm -rf "$2"'
const KEPT_LOG_LINES = 20

/** A real server, in a process of its own, on ports of its own. */
export class Server implements AsyncDisposable {
  /** `127.0.0.1:PORT` of the gRPC listener. */
  grpc = ''
  /** `http://127.0.0.1:PORT` of the HTTP listener. */
  http = ''
  /** The last lines of the log. */
  readonly log: string[] = []
  readonly #folder: string
  readonly #options: ServerOptions
  #child: ChildProcess | undefined

  private constructor(folder: string, options: ServerOptions) {
    this.#folder = folder
    this.#options = options
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const server = new Server(await mkdtemp(join(tmpdir(), 'chatapi-server-')), options)
    await server.#spawn('127.0.0.1:0', '127.0.0.1:0')
    return server
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** The URL of its store, for a further server on the same one. */
  get store(): string {
    return this.#options.store ?? `sqlite:${join(this.#folder, 'chatapi.db')}`
  }

  /** Ends it, without a chance to say goodbye unless the signal gives one. Its ports and its store remain. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  /** Starts it again on the same ports and store. */
  async restart(): Promise<void> {
    await this.kill()
    await this.#spawn(this.grpc, new URL(this.http).host)
  }

  async stop(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #spawn(grpcListen: string, httpListen: string): Promise<void> {
    const { corsOrigins = [], flags = [] } = this.#options
    const args = [
      ...[MAIN, 'serve', '--store', this.store, '--grpc-listen', grpcListen, '--http-listen', httpListen],
      ...corsOrigins.flatMap((origin) => ['--cors-origin', origin]),
      ...flags,
    ]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    const watchdog = spawn('sh', ['-c', WATCHDOG, 'sh', String(child.pid), this.#folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    watchdog.unref()
    child.once('exit', () => watchdog.kill('SIGKILL'))
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (this.log.push(line) > KEPT_LOG_LINES) this.log.shift()
    })
    await this.#listening(child)
    await untilServing(`http://${this.grpc}`)
  }

  #listening(child: ChildProcess): Promise<void> {
    const ready = Promise.withResolvers<void>()
    let isGrpcReady = false
    let isHttpReady = false
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const [, kind, address] = /^(gRPC|HTTP) listening on (\S+)$/.exec(line) ?? []
      if (kind === 'gRPC') {
        this.grpc = address!
        isGrpcReady = true
      } else if (kind === 'HTTP') {
        this.http = address!
        isHttpReady = true
      }
      if (isGrpcReady && isHttpReady) ready.resolve()
    })
    child.once('exit', (code, signal) => {
      ready.reject(new Error(`the server ended with ${code ?? signal} before it was ready:\n${this.log.join('\n')}`))
    })
    return ready.promise
  }
}
