import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createClient } from '../../clients/typescript/src/node.ts'
import { start } from '../cli/command.ts'
import { Authority, type IssueOptions } from '../support/certificates.ts'
import { installGrpcurl } from '../support/grpcurl.ts'
import { buildWheel, install, pythonMissing, succeed } from './python-environment.ts'

/** A server of the command line with a certificate of a test's own authority. */
async function serve(options: IssueOptions = {}) {
  const authority = await Authority.make()
  const { cert, key } = await authority.issue('server', options)
  const folder = await mkdtemp(join(tmpdir(), 'chatapi-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const store = `sqlite:${join(folder, 'chatapi.db')}`
  const tls = ['--tls-cert', cert, '--tls-key', key]
  const args = ['--store', store, '--grpc-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0', ...tls]
  const said = await start(['serve', ...args]).says(/HTTP listening on \S+\n/)
  const [, grpcPort] = /gRPC listening on \S+:(\d+)/.exec(said)!
  const [, httpUrl] = /HTTP listening on (https:\S+)/.exec(said)!
  return { ca: authority.file, grpcPort: grpcPort!, httpUrl: httpUrl! }
}

const WRONG: readonly [what: string, options: IssueOptions][] = [
  ['has expired', { days: -1 }],
  ['names another', { names: [{ type: 'dns', value: 'elsewhere.example.org' }] }],
]

describe('grpc-go over TLS', () => {
  const list = async ({ ca, grpcPort }: Awaited<ReturnType<typeof serve>>) =>
    succeed(join(await installGrpcurl(), 'grpcurl'), '-cacert', ca, `localhost:${grpcPort}`, 'list')

  test('asks a server whose authority it trusts', async () => {
    expect(await list(await serve())).toContain('chatapi.v1.ChatApi\n')
  })

  test.each(WRONG)('refuses a server whose certificate %s', async (_what, options) => {
    await expect(list(await serve(options))).rejects.toThrow(/certificate/)
  })
})

describe.each(['grpc', 'connect', 'grpc-web'] as const)('the Node client over TLS, by %s', (transport) => {
  async function ask({ ca, grpcPort, httpUrl }: Awaited<ReturnType<typeof serve>>) {
    const address = transport === 'grpc' ? `https://localhost:${grpcPort}` : httpUrl.replace('127.0.0.1', 'localhost')
    await using client = createClient({ address, transport, tls: { ca: await readFile(ca, 'utf8') }, timeoutMs: 5_000 })
    return (await client.getStreamsSummary()).totalStreams
  }

  test('asks a server whose authority it trusts', async () => {
    expect(await ask(await serve())).toBe(0n)
  })

  test.each(WRONG)('refuses a server whose certificate %s', async (_what, options) => {
    await expect(ask(await serve(options))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})

describe.skipIf(await pythonMissing())('the Python client over TLS', () => {
  const SCRIPT = `
import pathlib, sys
import chatapi
ca = pathlib.Path(sys.argv[1]).read_bytes()
with chatapi.Client(sys.argv[2], root_certificates=ca, timeout=5) as client:
    print(client.get_streams_summary().total_streams)
`
  let folder: string
  let python: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chatapi-wheel-'))
    python = await install(await buildWheel(folder), 'newest')
  }, 900_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const ask = ({ ca, grpcPort }: Awaited<ReturnType<typeof serve>>) =>
    succeed(python, '-c', SCRIPT, ca, `grpcs://localhost:${grpcPort}`)

  test('asks a server whose authority it trusts', async () => {
    expect(await ask(await serve())).toBe('0\n')
  })

  test.each(WRONG)('refuses a server whose certificate %s', async (_what, options) => {
    await expect(ask(await serve(options))).rejects.toThrow('chatapi.errors.Unavailable')
  })
})
