import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installGrpcurl } from '../support/grpcurl.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)
const readme = await readFile(join(root, 'README.md'), 'utf8')

/** What a reader types and sees: in `console` blocks, a line behind `$` and the lines up to the next. */
const steps = [...readme.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block]) =>
  (block as string)
    .split(/^\$ /m)
    .slice(1)
    .map((step) => {
      const [command, ...output] = step.trimEnd().split('\n')
      return { command: command as string, output: output.join('\n') }
    }),
)

/** JSON in one form, whatever its white space; other text as it is. */
function normalized(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return text.trim()
  }
}

/** An ellipsis in the README stands for anything. */
function pattern(output: string): RegExp {
  const text = normalized(output.replaceAll('[…]', '["…"]')).replaceAll('["…"]', '[…]')
  return new RegExp(`^${text.split('…').map(RegExp.escape).join('[^]*')}$`)
}

describe('the session in the README', () => {
  let folder: string
  let environment: NodeJS.ProcessEnv
  let server: ReturnType<typeof spawn>
  let ports: { grpc: string; http: string }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chatapi-readme-'))
    environment = {
      ...process.env,
      PATH: `${await installGrpcurl()}:${process.env.PATH}`,
      CHATAPI_STORE: `sqlite:${join(folder, 'chatapi.db')}`,
      CHATAPI_GRPC_LISTEN: '127.0.0.1:0',
      CHATAPI_HTTP_LISTEN: '127.0.0.1:0',
    }
    // What `npm start` runs, so that the signal at the end reaches the server itself.
    server = spawn('node', ['bin/chatapi.js', 'serve'], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ready: string[] = []
    for await (const line of createInterface(server.stdout!)) {
      ready.push(line)
      if (ready.length === 2) break
    }
    const [grpc, http] = ready.map((line) => /:(\d+)$/.exec(line)?.[1])
    ports = { grpc: grpc as string, http: http as string }
  }, 300_000)

  afterAll(async () => {
    server.kill('SIGTERM')
    await once(server, 'exit')
    await rm(folder, { recursive: true })
  })

  it('starts by the command that package.json starts with', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    expect(scripts.start).toBe('node bin/chatapi.js serve')
  })

  it.each(steps)('$command', { timeout: 60_000 }, async ({ command, output }) => {
    const real = command.replaceAll(':50051', `:${ports.grpc}`).replaceAll(':8080', `:${ports.http}`)
    const { stdout } = await run('sh', ['-c', real], { cwd: root, env: environment })
    expect(normalized(stdout)).toMatch(pattern(output))
  })

  it('asks all eight questions', () => {
    const asked = new Set(steps.map(({ command }) => /ChatApi\/(\w+)/.exec(command)?.[1]))
    expect([...asked]).toEqual(
      expect.arrayContaining([
        'GetAllStreams',
        'GetGroupStreams',
        'GetPrivateStreams',
        'GetStreamByGroupId',
        'GetStreamByUserId',
        'GetStreamType',
        'GetStreamInfo',
        'GetStreamsSummary',
      ]),
    )
  })
})
