import { execFile } from 'node:child_process'
import { cp, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { ChatApi } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { configOf, expectKnownSettings, portsOf } from './settings.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('../../deploy/kubernetes', import.meta.url))
const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
const dockerfile = await readFile(new URL('../../deploy/Dockerfile', import.meta.url), 'utf8')
const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml'))
/** Compiling the API's types takes most of it, once. */
const BUILD_TIMEOUT_MS = 600_000

// biome-ignore lint/suspicious/noExplicitAny: the Go program has checked its form
type Manifest = any

let objects: Manifest[]
beforeAll(async () => {
  await using copy = await mkdtempDisposable(join(tmpdir(), 'chatapi-kubernetes-'))
  await cp(folder, copy.path, { recursive: true })
  await writeFile(join(copy.path, 'tokens.jsonl'), '')
  await writeFile(join(copy.path, 'store-url'), 'mongodb://localhost/chatapi')
  const { stdout } = await run('go', ['run', '.', copy.path], {
    cwd: fileURLToPath(new URL('kubernetes', import.meta.url)),
  })
  objects = JSON.parse(stdout)
}, BUILD_TIMEOUT_MS)

function one(kind: string): Manifest {
  const found = objects.filter((object) => object.kind === kind)
  expect(found).toHaveLength(1)
  return found[0]
}

const pod = (): Manifest => one('Deployment').spec.template.spec
const container = (): Manifest => pod().containers[0]

/** The settings of the server, and of its image; the store's come from the secret. */
function config() {
  const ofImage = Object.fromEntries(
    dockerfile.matchAll(/(CHATAPI_\w+)=(\S+)/g).map(([, name, value]) => [name, value]),
  )
  const own = container().env.map(({ name, value }: Manifest) => [name, value ?? 'mongodb://localhost/chatapi'])
  return configOf({ ...ofImage, ...Object.fromEntries(own) })
}

describe('deploy/kubernetes', () => {
  it.each(files)('%s names only settings that the server has', async (file) => {
    expectKnownSettings(await readFile(join(folder, file), 'utf8'))
  })

  it('takes in every file, and has fields that the API knows', async () => {
    const kustomization = await readFile(join(folder, 'kustomization.yaml'), 'utf8')
    for (const file of files.filter((name) => name !== 'kustomization.yaml'))
      expect(kustomization).toContain(`- ${file}\n`)
    expect(objects.map(({ kind }) => kind).sort()).toEqual([
      'Deployment',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Secret',
      'Service',
    ])
  })

  it('runs the version of this checkout', () => expect(container().image).toBe(`chatapi:${version}`))

  it('starts with its settings and those of the image, and mounts the tokens where they say', () => {
    const { authTokens } = config()
    const [{ mountPath }] = container().volumeMounts
    const [volume] = pod().volumes
    expect(authTokens).toBe(`${mountPath}/${volume.secret.items[0].path}`)
    expect(volume.secret.secretName).toBe(one('Secret').metadata.name)
    for (const { valueFrom } of container().env.filter((each: Manifest) => each.valueFrom)) {
      expect(one('Secret').data).toHaveProperty(valueFrom.secretKeyRef.key)
    }
    expect(one('Secret').data).toHaveProperty(['tokens.jsonl'])
  })

  it('agrees on the ports everywhere', () => {
    const [grpc, http] = portsOf(config())
    expect(container().ports).toEqual([
      { name: 'grpc', containerPort: grpc },
      { name: 'http', containerPort: http },
    ])
    expect(one('Service').spec.ports.map(({ port, targetPort }: Manifest) => [port, targetPort])).toEqual([
      [grpc, 'grpc'],
      [http, 'http'],
    ])
    expect(one('NetworkPolicy').spec.ingress[0].ports).toEqual([{ port: grpc }, { port: http }])
  })

  it('asks the health that the server tells', () => {
    const { startupProbe, readinessProbe, livenessProbe } = container()
    const [grpc] = portsOf(config())
    expect(startupProbe.grpc).toEqual({ port: grpc, service: '' })
    expect(readinessProbe.grpc).toEqual({ port: grpc, service: ChatApi.typeName })
    expect(livenessProbe.httpGet).toEqual({ port: 'http', path: '/healthz' })
  })

  it('gives it time to be forgotten and to drain before it is killed', () => {
    const { drainDelayMs, drainTimeoutMs } = config()
    expect(drainDelayMs).toBeGreaterThan(0)
    const needed = (drainDelayMs + drainTimeoutMs) / 1_000
    expect(pod().terminationGracePeriodSeconds).toBeGreaterThan(needed)
  })

  it('runs as the user of the image, and lets it write nowhere but in /tmp', () => {
    const [, user, group] = /^USER (\d+):(\d+)$/m.exec(dockerfile)!.map(Number)
    expect(pod().securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: group,
      fsGroup: group,
    })
    expect(container().securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false })
    expect(container().volumeMounts.filter(({ readOnly }: Manifest) => !readOnly)).toEqual([
      { name: 'tmp', mountPath: '/tmp' },
    ])
  })

  it('means the same pods everywhere', () => {
    const { labels } = one('Deployment').spec.template.metadata
    expect(one('Deployment').spec.selector.matchLabels).toEqual(labels)
    expect(one('Service').spec.selector).toEqual(labels)
    expect(one('PodDisruptionBudget').spec.selector.matchLabels).toEqual(labels)
    expect(one('NetworkPolicy').spec.podSelector.matchLabels).toEqual(labels)
  })

  it('leaves a server while nodes are emptied', () => {
    expect(one('PodDisruptionBudget').spec.minAvailable).toBeLessThan(one('Deployment').spec.replicas)
  })

  it('is headless, so that clients see every server', () => expect(one('Service').spec.clusterIP).toBe('None'))
})
