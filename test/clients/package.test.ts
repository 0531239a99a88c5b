import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Platform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VERSION } from '../../src/client/version.ts'
import { docExamples } from './support/doc-examples.ts'
import { InstalledPackage } from './support/installed-package.ts'
import { Server } from './support/server.ts'

/** Uses what a user does, types included. */
const USER = `
import { type CallOptions, type ChatApiClient, ChatApiError, type ChatStream, ChatStreamSchema, createClient, ErrorReason,
  SpecialType, StreamType } from 'chatapi/client'

const client: ChatApiClient = createClient({ timeoutMs: 5_000 })
const options: CallOptions = { signal: AbortSignal.timeout(5_000) }
const opened = await client.openStream({ platform: 'qq', groupId: '941657197', groupName: 'Mai' }, options)
const stream: ChatStream | undefined = opened.stream
const names: string[] = []
for await (const { displayName } of client.allStreams({ specialType: SpecialType.ALL_PLATFORMS })) names.push(displayName)
const total: bigint = (await client.getStreamsSummary()).totalStreams
let reason: ErrorReason | undefined
try {
  await client.getStream({ streamId: 'nowhere' })
} catch (error) {
  if (error instanceof ChatApiError) reason = error.reason
}
const isGroup: boolean = stream?.type === StreamType.GROUP
console.log(JSON.stringify({ names, total: String(total), isGroup, reason, schema: ChatStreamSchema.typeName }))
client.close()
`

/** What only the server needs. */
const SERVER_PACKAGES = ['@grpc/', 'mongodb', 'bson', 'pino', 'commander', '@bufbuild/protovalidate', '@bufbuild/cel']

let installed: InstalledPackage
beforeAll(async () => {
  installed = await InstalledPackage.install()
}, 180_000)
afterAll(() => installed?.[Symbol.asyncDispose]())

describe('the package, installed into an empty folder', () => {
  it('answers in Node', async () => {
    await using server = await Server.start()
    const entry = await installed.write('user.ts', USER)
    const output = JSON.parse(await installed.run('node', [entry], { CHATAPI_ADDRESS: server.grpc }))
    expect(output).toEqual({
      names: ['Mai (qq:group:941657197)'],
      total: '1',
      isGroup: true,
      reason: 7,
      schema: 'chatapi.v1.ChatStream',
    })
  }, 30_000)

  it.each([
    { module: 'nodenext', moduleResolution: 'nodenext', lib: ['es2024', 'esnext.disposable', 'dom'] },
    { module: 'esnext', moduleResolution: 'bundler', lib: ['es2024', 'esnext.disposable', 'dom'] },
    {
      module: 'esnext',
      moduleResolution: 'bundler',
      customConditions: ['browser'],
      lib: ['es2024', 'esnext.disposable', 'dom'],
    },
  ])(
    'has types under $moduleResolution $customConditions',
    async (options) => {
      await installed.write('user.ts', USER)
      const compilerOptions = {
        ...options,
        target: 'es2024',
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types: [],
      }
      const config = await installed.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['user.ts'] }))
      expect(await installed.run('tsc', ['-p', config])).toBe('')
    },
    60_000,
  )

  it('has the command line', async () => {
    expect(await installed.run('chatapi', ['--version'])).toContain(VERSION)
  }, 30_000)

  // Its one suggestion is about the `browser` map, which stands in for a file that generated code imports by its path.
  it('satisfies publint', async () => {
    expect(await installed.run('publint', ['run', installed.tarball, '--strict', '--level', 'warning'])).toContain(
      'All good!',
    )
  }, 60_000)

  it('satisfies arethetypeswrong', async () => {
    const output = await installed.run('attw', [
      installed.tarball,
      '--profile',
      'esm-only',
      '--no-emoji',
      '--format',
      'ascii',
    ])
    expect(output.match(/bundler: OK/g)).toHaveLength(3)
    expect(output.match(/node16 \(from ESM\): OK/g)).toHaveLength(3)
  }, 60_000)

  it('holds no source of its own tests and no database', () => {
    const { files } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(files).toEqual(['dist', 'gen/ts', 'src/client/without-rules.js'])
  })
})

describe('the examples in docs/clients/typescript.md', () => {
  const examples = docExamples(new URL('../../docs/clients/typescript.md', import.meta.url))

  it('have types', async () => {
    for (const { name, code } of examples) await installed.write(name, code)
    const compilerOptions = {
      ...{
        module: 'nodenext',
        target: 'es2024',
        lib: ['es2024', 'esnext.disposable', 'dom'],
        strict: true,
        noEmit: true,
      },
      ...{ types: ['node'], typeRoots: [fileURLToPath(new URL('../../node_modules/@types', import.meta.url))] },
    }
    const files = examples.map(({ name }) => name)
    const config = await installed.write('tsconfig.json', JSON.stringify({ compilerOptions, files }))
    expect(await installed.run('tsc', ['-p', config])).toBe('')
    expect(files.length).toBeGreaterThan(5)
  }, 60_000)

  it.each(examples.filter(({ isForBrowsers }) => !isForBrowsers))(
    '$name prints what the page shows',
    async (example) => {
      expect(example.output).toBeDefined()
      await using server = await Server.start()
      const entry = await installed.write(example.name, example.code)
      const env = { CHATAPI_ADDRESS: server.grpc, CHATAPI_HTTP: server.http }
      expect(await installed.run('node', [entry], env)).toBe(example.output)
    },
    30_000,
  )
})

describe('a bundle of the client', () => {
  async function bundle(script: string, platform: Platform) {
    await installed.write('entry.js', script)
    const { outputFiles, metafile } = await build({
      absWorkingDir: installed.folder,
      entryPoints: ['entry.js'],
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      platform,
      metafile: true,
      write: false,
    })
    const { contents } = outputFiles[0]!
    return { inputs: Object.keys(metafile.inputs), bytes: contents.length, gzipped: gzipSync(contents).length }
  }

  it.each([
    ['browsers', 'browser', 150_000],
    ['Node', 'node', 260_000],
  ] as const)('for %s holds no part of the server', async (name, platform, limit) => {
    const { inputs, bytes, gzipped } = await bundle(
      `import { createClient } from 'chatapi/client'; globalThis.createClient = createClient`,
      platform,
    )
    console.log(`the client for ${name}, minified: ${bytes} bytes, gzipped: ${gzipped} bytes`)
    const ours = inputs.filter((path) => path.includes('node_modules/chatapi/dist/'))
    expect(ours.filter((path) => !path.includes('/dist/client/'))).toEqual([])
    for (const name of SERVER_PACKAGES) {
      expect(inputs.filter((path) => path.startsWith(`node_modules/${name}`))).toEqual([])
    }
    expect(bytes).toBeLessThan(limit)
  })

  it('for browsers holds neither Node nor the rules that servers enforce', async () => {
    const { inputs } = await bundle(`export * from 'chatapi/client'`, 'browser')
    expect(inputs.filter((path) => /connect-node|node:|validate_pb/.test(path))).toEqual([])
  })

  it('holds what is used of it', async () => {
    const { bytes } = await bundle(
      `import { StreamType } from 'chatapi/client'; globalThis.group = StreamType.GROUP`,
      'browser',
    )
    console.log(`one enum of the client, minified: ${bytes} bytes`)
    const whole = await bundle(`import * as client from 'chatapi/client'; globalThis.client = client`, 'browser')
    expect(bytes).toBeLessThan(whole.bytes * 0.8)
  })
})
