import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Document, MongoClient } from 'mongodb'
import { inject } from 'vitest'

/** Without a mongod, tests are skipped and say why; under `CI=true` they fail. */
export function mongodMissing(): string | undefined {
  const { missing } = inject('mongod')
  if (missing === undefined) return undefined
  if (process.env.CI === 'true') throw new Error(missing)
  console.warn(`Tests over a real MongoDB are SKIPPED: ${missing}`)
  return missing
}

export interface Credentials {
  readonly user: string
  readonly password: string
}

export interface MongoServers extends AsyncDisposable {
  /** The URL of a database. */
  url(database: string, credentials?: Credentials): string
  /** A client with all rights, closed by `stop`. */
  readonly admin: MongoClient
  /** The index of the member that takes writes. */
  primary(): Promise<number>
  /** Ends one member and returns when it is gone. */
  kill(member: number, signal?: NodeJS.Signals): Promise<void>
  /** Stops every member where it is: connections stay, and nothing answers, until the frost is disposed of. */
  freeze(): Promise<AsyncDisposable>
  /** The members that were killed and not restarted. */
  stopped(): number[]
  /** Starts a member again, on its data and port. */
  restart(member: number): Promise<void>
  stop(): Promise<void>
}

/** Few tests need three; one member starts within two seconds and does transactions and change streams as well. */
export interface ReplicaSetOptions {
  readonly members?: 1 | 3
  /** The one user there is, root; without it nobody has to log in. */
  readonly auth?: Credentials
}

/** Elections after a lost primary are a matter of seconds, not of the default ten and more. */
const SETTINGS = { electionTimeoutMillis: 2_000, heartbeatIntervalMillis: 500 }

export async function startReplicaSet({ members = 1, auth }: ReplicaSetOptions = {}): Promise<MongoServers> {
  const folder = await mkdtemp(join(tmpdir(), 'chatapi-mongod-'))
  // The log is small and checkpoints are frequent, so that a test can have it truncated: entries go only after a checkpoint.
  const args = [
    '--replSet',
    'rs',
    '--oplogSize',
    '64',
    '--syncdelay',
    '1',
    ...(auth ? ['--keyFile', await keyFile(folder)] : []),
  ]
  const mongods = await Promise.all(Array.from({ length: members }, (_, i) => Mongod.start(folder, `${i}`, args)))
  const hosts = mongods.map(({ port }) => `127.0.0.1:${port}`)
  await runOn(hosts[0]!, {
    replSetInitiate: {
      _id: 'rs',
      members: hosts.map((host, i) => ({ _id: i, host, priority: i === 0 ? 2 : 1 })),
      settings: SETTINGS,
    },
  })
  await untilPrimary(hosts[0]!)
  if (auth) await createRoot(hosts[0]!, auth)
  return servers(folder, mongods, '?replicaSet=rs', auth)
}

export async function startStandalone({ auth }: Pick<ReplicaSetOptions, 'auth'> = {}): Promise<MongoServers> {
  const folder = await mkdtemp(join(tmpdir(), 'chatapi-mongod-'))
  const mongod = await Mongod.start(folder, '0', auth ? ['--auth'] : [])
  if (auth) await createRoot(`127.0.0.1:${mongod.port}`, auth)
  return servers(folder, [mongod], '', auth)
}

function servers(folder: string, mongods: Mongod[], query: string, auth?: Credentials): MongoServers {
  const hosts = mongods.map(({ port }) => `127.0.0.1:${port}`)

  function url(database: string, credentials?: Credentials): string {
    const login = credentials && `${encodeURIComponent(credentials.user)}:${encodeURIComponent(credentials.password)}@`
    const source = login ? `${query ? '&' : '?'}authSource=admin` : ''
    return `mongodb://${login ?? ''}${hosts.join(',')}/${database}${query}${source}`
  }

  const admin = new MongoClient(url('', auth))
  async function stop(): Promise<void> {
    await admin.close()
    await Promise.all(mongods.map((mongod) => mongod.kill('SIGKILL')))
    await rm(folder, { recursive: true, force: true })
  }

  return {
    url,
    admin,
    primary: async () => {
      const { primary } = await admin.db('admin').command({ hello: 1 })
      return hosts.indexOf(primary)
    },
    kill: (member, signal = 'SIGKILL') => mongods[member]!.kill(signal),
    async freeze() {
      await Promise.all(mongods.map((mongod) => mongod.freeze()))
      return {
        async [Symbol.asyncDispose]() {
          for (const mongod of mongods) mongod.thaw()
        },
      }
    },
    stopped: () => mongods.flatMap((mongod, i) => (mongod.running ? [] : [i])),
    restart: async (member) => {
      mongods[member] = await mongods[member]!.again()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Reads a line that never comes; the end of the pipe tells that the tests are gone, however they went. */
const WATCHDOG = 'read -r _; kill -9 "$1" 2>/dev/null; rm -rf "$2"'

class Mongod {
  readonly port: number
  readonly #folder: string
  readonly #name: string
  readonly #args: readonly string[]
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>

  private constructor(port: number, folder: string, name: string, args: readonly string[], child: ChildProcess) {
    this.port = port
    this.#folder = folder
    this.#name = name
    this.#args = args
    this.#child = child
    this.#exited = this.running ? once(child, 'exit') : Promise.resolve()
  }

  static async start(folder: string, name: string, args: readonly string[], port?: number): Promise<Mongod> {
    const { path, missing } = inject('mongod')
    if (path === undefined) throw new Error(missing)
    const data = join(folder, name)
    await mkdir(data, { recursive: true })
    const chosen = port ?? (await freePort())
    const child = spawn(
      path,
      [
        ...['--dbpath', data, '--bind_ip', '127.0.0.1', '--port', String(chosen), '--nounixsocket'],
        ...['--wiredTigerCacheSizeGB', '1', '--setParameter', 'diagnosticDataCollectionEnabled=false', ...args],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const watchdog = spawn('sh', ['-c', WATCHDOG, 'sh', String(child.pid), folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    child.once('exit', () => watchdog.kill('SIGKILL'))
    watchdog.unref()
    await listening(child)
    return new Mongod(chosen, folder, name, args, child)
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  again(): Promise<Mongod> {
    return Mongod.start(this.#folder, this.#name, this.#args, this.port)
  }

  /** Returns when nothing in it runs any more: the system stops a process one thread after the other. */
  async freeze(): Promise<void> {
    this.#child.kill('SIGSTOP')
    const threads = `/proc/${this.#child.pid}/task`
    if (!existsSync(threads)) return
    const isStopped = (thread: string) => /^State:\s+T/m.test(readFileSync(`${threads}/${thread}/status`, 'utf8'))
    while (!readdirSync(threads).every(isStopped)) await nextTurn()
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#child.kill(signal)
    await this.#exited
  }
}

/** Returns at the log line that says so; throws the last lines when the server ends before it. */
async function listening(child: ChildProcess): Promise<void> {
  const last: string[] = []
  await new Promise<void>((resolve, reject) => {
    const lines = createInterface({ input: child.stdout! })
    lines.on('line', (line) => {
      if (line.includes('"Waiting for connections"')) {
        lines.close()
        child.stdout?.resume()
        resolve()
      } else if (last.push(line) > 5) last.shift()
    })
    child.once('exit', (code) => reject(new Error(`mongod ended with ${code}:\n${last.join('\n')}`)))
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('no port')
  return address.port
}

async function keyFile(folder: string): Promise<string> {
  const path = join(folder, 'key')
  await writeFile(path, randomBytes(96).toString('base64'), { mode: 0o400 })
  return path
}

async function runOn(host: string, command: Document): Promise<Document> {
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`)
  try {
    return await client.db('admin').command(command)
  } finally {
    await client.close()
  }
}

/** `hello` with a topology version waits for a change, so this polls only as often as the server has news. */
async function untilPrimary(host: string): Promise<void> {
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`)
  const exact = { promoteLongs: false }
  try {
    const admin = client.db('admin')
    let hello = await admin.command({ hello: 1 }, exact)
    while (!hello.isWritablePrimary) {
      const { topologyVersion } = hello as { topologyVersion?: Document }
      hello = await admin.command({ hello: 1, topologyVersion, maxAwaitTimeMS: 1_000 }, exact)
    }
  } finally {
    await client.close()
  }
}

async function createRoot(host: string, { user, password }: Credentials): Promise<void> {
  await runOn(host, { createUser: user, pwd: password, roles: ['root'] })
}
