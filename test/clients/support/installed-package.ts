import { type ExecFileOptions, execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** A package as users get it: packed, and installed into an empty folder. */
export class InstalledPackage implements AsyncDisposable {
  readonly tarball: string
  readonly folder: string
  readonly #root: string

  private constructor(root: string, tarball: string) {
    this.#root = root
    this.tarball = tarball
    this.folder = join(root, 'user')
  }

  /** @param source the folder of the package, from the top of the project */
  static async install(source: string): Promise<InstalledPackage> {
    const root = await mkdtemp(join(tmpdir(), 'chatapi-package-'))
    try {
      const packed = await output('npm', ['pack', '--json', '--pack-destination', root], { cwd: join(ROOT, source) })
      const installed = new InstalledPackage(root, join(root, /[\w.-]+\.tgz/.exec(packed)![0]))
      await mkdir(installed.folder)
      await installed.write('package.json', JSON.stringify({ name: 'user', private: true, type: 'module' }))
      const flags = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']
      await output('npm', ['install', ...flags, installed.tarball], { cwd: installed.folder })
      return installed
    } catch (error) {
      await rm(root, { recursive: true, force: true })
      throw error
    }
  }

  async write(name: string, text: string): Promise<string> {
    const path = join(this.folder, name)
    await writeFile(path, text)
    return path
  }

  /** The names of all packages that came with it, its own included. */
  async packages(): Promise<string[]> {
    const listing = await this.run('npm', ['query', '*'])
    return (JSON.parse(listing) as { name: string }[]).map(({ name }) => name)
  }

  /** Runs a program of the installed package, or of the repository's tools, and returns what it printed. */
  async run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const bins = [join(this.folder, 'node_modules/.bin'), dirname(process.execPath), join(ROOT, 'node_modules/.bin')]
    const { PATH } = process.env
    const path = [...bins, PATH].join(delimiter)
    return output(program, args, { cwd: this.folder, env: { ...process.env, ...env, PATH: path } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true, force: true })
  }
}

async function output(program: string, args: readonly string[], options: ExecFileOptions): Promise<string> {
  try {
    return (await run(program, [...args], { ...options, encoding: 'utf8' })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error })
  }
}
