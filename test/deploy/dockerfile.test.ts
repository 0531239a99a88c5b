import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DockerfileParser, type Instruction } from 'dockerfile-ast'
import { describe, expect, it, vi } from 'vitest'
import { start } from '../cli/command.ts'
import { contextOf } from './context.ts'
import { Image } from './image.ts'
import { configOf, expectKnownSettings, portsOf } from './settings.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const text = await readFile(`${root}/deploy/Dockerfile`, 'utf8')
const isSent = contextOf(await readFile(`${root}/deploy/Dockerfile.dockerignore`, 'utf8'))
const { engines, scripts } = JSON.parse(await readFile(`${root}/package.json`, 'utf8'))
const dockerfile = DockerfileParser.parse(text)
/** Installing twice takes most of it. */
const BUILD_TIMEOUT_MS = 300_000

function all(keyword: string): Instruction[] {
  return dockerfile.getInstructions().filter((instruction) => instruction.getKeyword() === keyword)
}

function contentOf(keyword: string): string | null {
  expect(all(keyword)).toHaveLength(1)
  return all(keyword)[0]!.getArgumentsContent()
}

function environment(): Record<string, string> {
  const properties = dockerfile.getENVs().flatMap((env) => env.getProperties())
  return Object.fromEntries(properties.map((property) => [property.getName(), property.getValue() ?? '']))
}

describe('deploy/Dockerfile', () => {
  it('names only settings that the server has', () => expectKnownSettings(text))

  it('takes one Node for all stages, by major and minor version, that the server runs on', () => {
    const [image, ...others] = new Set(dockerfile.getFROMs().map((from) => from.getImage()))
    expect(others).toEqual([])
    const [, version] = /^node:(\d+\.\d+)-slim$/.exec(image!)!
    const [needed] = /\d+\.\d+/.exec(engines.node)!
    expect(version!.localeCompare(needed, 'en', { numeric: true })).toBeGreaterThanOrEqual(0)
  })

  it('runs scripts that package.json has, and none of what it installs', () => {
    const commands = all('RUN').map((instruction) => instruction.getArgumentsContent()!)
    const named = commands.flatMap((command) => /^npm run (\S+)/.exec(command)?.[1] ?? [])
    expect(named.filter((name) => !(name in scripts))).toEqual([])
    expect(commands.filter((command) => /^npm (?!run |ci .*--ignore-scripts$)/.test(command))).toEqual([])
  })

  it('runs as a user with a number that is not that of root', () => {
    const [user, group] = contentOf('USER')!.split(':').map(Number)
    expect(user).toBeGreaterThan(0)
    expect(group).toBeGreaterThan(0)
    const [folder] = all('RUN').filter((instruction) => instruction.getArgumentsContent()!.includes('/data'))
    expect(folder!.getArgumentsContent()).toContain(`--owner=${user} --group=${group}`)
  })

  it('exposes the ports that it listens on, and keeps its streams in its volume', () => {
    const config = configOf({ ...environment(), CHATAPI_AUTH_TOKENS: 'tokens.jsonl' })
    expect(contentOf('EXPOSE')!.split(' ').map(Number)).toEqual(portsOf(config))
    expect(config.store).toContain(`:${contentOf('VOLUME')}/`)
  })

  it('opens to nobody without credentials', () => {
    expect(() => configOf(environment())).toThrow('--auth-tokens')
  })

  it('is told to stop by the signal that drains', () => expect(contentOf('STOPSIGNAL')).toBe('SIGTERM'))

  it('makes an image that serves and says when it is ready, by its own commands', {
    timeout: BUILD_TIMEOUT_MS,
  }, async () => {
    await using image = await Image.build(text, root, isSent)
    const [entry, script] = JSON.parse(contentOf('ENTRYPOINT')!)
    expect(entry).toBe('node')
    const args = JSON.parse(contentOf('CMD')!)
    const listen = { CHATAPI_GRPC_LISTEN: '127.0.0.1:0', CHATAPI_HTTP_LISTEN: '127.0.0.1:0' }
    const store = image.environment.CHATAPI_STORE!.replace('/data', image.at('/data'))
    const server = start(
      args,
      { ...image.environment, ...listen, CHATAPI_STORE: store },
      image.at('/'),
      image.at(script),
    )
    const [, port] = /HTTP listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(await server.says(/HTTP listening on .*\n/))!

    const [, check] = JSON.parse(/CMD (.*)/.exec(contentOf('HEALTHCHECK')!)![1]!)
    const isReady = () =>
      promisify(execFile)(process.execPath, [image.at(check)], { env: { CHATAPI_HTTP_LISTEN: `0.0.0.0:${port}` } })
    // While the directory loads it is not ready, as Docker is told, too.
    await vi.waitFor(isReady, { timeout: 30_000 })
    server.child.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
    await expect(isReady()).rejects.toThrow('ECONNREFUSED')
  })
})
