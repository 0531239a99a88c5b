import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtempDisposable, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build, type Platform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VERSION } from '../../clients/typescript/src/version.ts'
import { docBlocks, docExamples } from './support/doc-examples.ts'
import { InstalledPackage } from './support/installed-package.ts'
import { Server } from './support/server.ts'
import { USER_OUTPUT, userProgram } from './support/user-program.ts'

/** What only the server needs. */
const SERVER_PACKAGES = ['mongodb', 'bson', 'pino', 'commander', '@bufbuild/protovalidate', '@bufbuild/cel']

/** What the program uses of its platform. */
const GLOBALS = `
interface Signal { readonly aborted: boolean; readonly reason: unknown
  addEventListener(type: string, listener: () => void): void; removeEventListener(type: string, listener: () => void): void }
declare const AbortSignal: { timeout(ms: number): Signal }
declare const console: { log(text: string): void }
`

/** Both are packed here and nowhere else, since packing builds in the checkout. */
let installed: InstalledPackage
let server: InstalledPackage
beforeAll(async () => {
  installed = await InstalledPackage.install('clients/typescript')
  server = await InstalledPackage.install('.')
}, 300_000)
afterAll(() => Promise.all([installed, server].map((folder) => folder?.[Symbol.asyncDispose]())), 60_000)

describe('chatapi-client, installed into an empty folder', () => {
  it('answers in Node', async () => {
    await using server = await Server.start()
    const entry = await installed.write('user.ts', userProgram('chatapi-client'))
    const output = await installed.run('node', [entry], { CHATAPI_ADDRESS: server.grpc })
    expect(JSON.parse(output)).toEqual(USER_OUTPUT)
  }, 30_000)

  it('brings nothing that only the server needs', async () => {
    const packages = await installed.packages()
    expect(packages).toContain('chatapi-client')
    expect(packages).not.toContain('chatapi')
    expect(packages.filter((name) => SERVER_PACKAGES.some((server) => name.startsWith(server)))).toEqual([])
  }, 30_000)

  it.each([
    { module: 'nodenext', lib: ['dom'], types: [], conditions: [] },
    { module: 'esnext', lib: ['dom'], types: [], conditions: [] },
    { module: 'esnext', lib: ['dom'], types: [], conditions: ['browser'] },
    { module: 'nodenext', lib: [], types: ['node'], conditions: [] },
    // Neither of a browser nor of Node: the program itself says what else there is.
    { module: 'nodenext', lib: [], types: [], conditions: [] },
    { module: 'esnext', lib: [], types: [], conditions: ['browser'] },
  ])(
    'has types under $module $conditions with the libraries $lib and the types of $types',
    async ({ module, lib, types, conditions }) => {
      const isBare = lib.length + types.length === 0
      await installed.write('user.ts', userProgram('chatapi-client') + (isBare ? GLOBALS : ''))
      const compilerOptions = {
        ...{ module, lib: ['es2024', 'esnext.disposable', ...lib], types, target: 'es2024' },
        ...{ moduleResolution: module === 'esnext' ? 'bundler' : module, customConditions: conditions },
        ...{ strict: true, noEmit: true, skipLibCheck: false },
        typeRoots: [fileURLToPath(new URL('../../node_modules/@types', import.meta.url))],
      }
      const config = await installed.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['user.ts'] }))
      expect(await installed.run('tsc', ['-p', config])).toBe('')
    },
    60_000,
  )

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
})

describe('chatapi, installed into an empty folder', () => {
  it('has the command line', async () => {
    expect(await server.run('chatapi', ['--version'])).toContain(VERSION)
  }, 30_000)

  it('has the client as chatapi/client', async () => {
    await using running = await Server.start()
    const entry = await server.write('user.ts', userProgram('chatapi/client'))
    const output = await server.run('node', [entry], { CHATAPI_ADDRESS: running.grpc })
    expect(JSON.parse(output)).toEqual(USER_OUTPUT)
  }, 30_000)

  it('has the types of the client', async () => {
    await server.write('user.ts', userProgram('chatapi/client'))
    const lib = ['es2024', 'esnext.disposable', 'dom']
    const compilerOptions = { module: 'nodenext', target: 'es2024', lib, strict: true, noEmit: true, types: [] }
    const config = await server.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['user.ts'] }))
    expect(await server.run('tsc', ['-p', config])).toBe('')
  }, 60_000)

  it('satisfies publint', async () => {
    expect(await server.run('publint', ['run', server.tarball, '--strict', '--level', 'warning'])).toContain(
      'All good!',
    )
  }, 60_000)

  it('satisfies arethetypeswrong', async () => {
    const output = await server.run('attw', [
      server.tarball,
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
    expect(files).toEqual(['bin', 'dist', 'gen/ts', 'clients/typescript/dist', 'clients/typescript/gen'])
  })
})

describe('the examples in docs/clients/typescript.md', () => {
  const page = new URL('../../docs/clients/typescript.md', import.meta.url)
  const examples = docExamples(page)

  it('start in a folder beside the clone', async () => {
    await using server = await Server.start()
    await using folder = await mkdtempDisposable(join(tmpdir(), 'chatapi-start-'))
    await symlink(fileURLToPath(new URL('../..', import.meta.url)), join(folder.path, 'chatapi'))
    const [commands] = docBlocks(page, 'sh')
    const [start] = examples
    await promisify(execFile)('sh', ['-ec', commands!], { cwd: folder.path })
    const plugin = join(folder.path, 'plugin')
    await writeFile(join(plugin, 'plugin.ts'), start!.code)
    const env = { ...process.env, CHATAPI_ADDRESS: server.grpc }
    const { stdout } = await promisify(execFile)(process.execPath, ['plugin.ts'], { cwd: plugin, env })
    expect(stdout).toBe(start!.output)
  }, 120_000)

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

describe('a bundle of the client', { timeout: 60_000 }, () => {
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
    ['browsers', 'browser', 180_000],
    // Most of it is grpc-js.
    ['Node', 'node', 650_000],
  ] as const)('for %s holds no part of the server', async (name, platform, limit) => {
    const { inputs, bytes, gzipped } = await bundle(
      `import { createClient } from 'chatapi-client'; globalThis.createClient = createClient`,
      platform,
    )
    console.log(`the client for ${name}, minified: ${bytes} bytes, gzipped: ${gzipped} bytes`)
    const ours = inputs.filter((path) => path.includes('node_modules/chatapi'))
    expect(ours.filter((path) => !/node_modules\/chatapi-client\/(dist|gen)\//.test(path))).toEqual([])
    for (const name of SERVER_PACKAGES) {
      expect(inputs.filter((path) => path.startsWith(`node_modules/${name}`))).toEqual([])
    }
    expect(bytes).toBeLessThan(limit)
  })

  it('for browsers holds neither Node nor the rules that servers enforce', async () => {
    const { inputs } = await bundle(`export * from 'chatapi-client'`, 'browser')
    expect(inputs.filter((path) => /connect-node|node:|validate_pb/.test(path))).toEqual([])
  })

  it('holds what is used of it', async () => {
    const { bytes } = await bundle(
      `import { StreamType } from 'chatapi-client'; globalThis.group = StreamType.GROUP`,
      'browser',
    )
    console.log(`one enum of the client, minified: ${bytes} bytes`)
    const whole = await bundle(`import * as client from 'chatapi-client'; globalThis.client = client`, 'browser')
    expect(bytes).toBeLessThan(whole.bytes * 0.8)
  })
})
