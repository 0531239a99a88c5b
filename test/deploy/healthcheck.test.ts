import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Running, start } from '../cli/command.ts'
import { Authority } from '../support/certificates.ts'

const script = fileURLToPath(new URL('../../deploy/healthcheck.js', import.meta.url))

/** Asks, as Docker does, with the environment of the server. */
function check(environment: Readonly<Record<string, string>>) {
  return promisify(execFile)(process.execPath, [script], { env: environment })
}

async function serve(environment: Readonly<Record<string, string>>): Promise<{ server: Running; address: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'chatapi-health-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const store = `sqlite:${join(folder, 'chatapi.db')}`
  const listen = { CHATAPI_STORE: store, CHATAPI_GRPC_LISTEN: 'off', CHATAPI_HTTP_LISTEN: '127.0.0.1:0' }
  const server = start(['serve'], { ...listen, ...environment })
  const [, address] = /HTTP listening on https?:\/\/(\S+)/.exec(await server.says(/HTTP listening on .*\n/))!
  return { server, address: address! }
}

describe('the health check of the image', () => {
  it.each([
    ['in plain text', async () => ({})],
    [
      'by TLS, without a certificate that the server asks for',
      async () => {
        const authority = await Authority.make()
        const { cert, key } = await authority.issue('server')
        return { CHATAPI_TLS_CERT: cert, CHATAPI_TLS_KEY: key, CHATAPI_TLS_CLIENT_CA: authority.file }
      },
    ],
  ])('finds a server ready %s', async (_way, settings) => {
    const environment: Record<string, string> = await settings()
    const { address } = await serve(environment)
    // While the directory loads it is not ready, as Docker is told, too.
    await vi.waitFor(() => check({ ...environment, CHATAPI_HTTP_LISTEN: address }), { timeout: 30_000 })
  })

  it('finds a server not ready that is about to end', async () => {
    const environment = { CHATAPI_DRAIN_DELAY: '60s' }
    const { server, address } = await serve(environment)
    server.child.kill('SIGTERM')
    await server.says('draining')
    const outcome = check({ ...environment, CHATAPI_HTTP_LISTEN: address })
    await expect(outcome).rejects.toMatchObject({ code: 1, stderr: '' })
  })

  it('says where nobody answers', async () => {
    await expect(check({ CHATAPI_HTTP_LISTEN: '0.0.0.0:1' })).rejects.toThrow('0.0.0.0:1: connect ECONNREFUSED')
  })
})
