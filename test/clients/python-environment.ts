import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PACKAGE = join(ROOT, 'clients/python')
const CACHE = join(ROOT, '.cache/python')
const PYTHON = process.env.PYTHON ?? 'python3'
/** Marks an environment that is complete. */
const READY = 'chatapi-ready'

/** Without Python, tests are skipped and say why; under `CI=true` they fail. */
export async function pythonMissing(): Promise<boolean> {
  try {
    await run(PYTHON, ['-c', 'import sys, venv; assert sys.version_info >= (3, 10)'])
    return false
  } catch (error) {
    const missing = `no Python 3.10 or later with venv (PYTHON names another one): ${(error as Error).message}`
    if (process.env.CI === 'true') throw new Error(missing)
    console.warn(`Tests of the Python client are SKIPPED: ${missing}`)
    return true
  }
}

/** Runs a command at the top of the project, fails with all that it printed, and returns what it printed. */
export async function succeed(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(command, args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 }).catch((error) => {
    throw new Error(`${command} ${args.join(' ')}\n${error.stdout}${error.stderr}`)
  })
  return stdout
}

/** Builds the wheel, as a user builds it from a checkout, and returns its path. */
export async function buildWheel(folder: string): Promise<string> {
  await succeed(PYTHON, '-m', 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', folder, PACKAGE)
  const wheel = (await readdir(folder)).find((file) => file.endsWith('.whl'))
  if (!wheel) throw new Error(`pip built no wheel of ${PACKAGE}`)
  return join(folder, wheel)
}

export type Runtimes = 'oldest' | 'newest'

/**
 * Makes an environment with the wheel and with the oldest or newest grpcio and protobuf that its metadata allows, and
 * returns its Python. Everything but the wheel is kept for the next run with the same requirements.
 */
export async function install(wheel: string, runtimes: Runtimes): Promise<string> {
  const metadata = await readFile(join(PACKAGE, 'pyproject.toml'), 'utf8')
  const tools = await readFile(join(PACKAGE, 'tests/requirements.txt'), 'utf8')
  const requirements = runtimes === 'oldest' ? [...lowerBounds(metadata), ...testTools(tools)] : tools.split('\n')
  const version = await succeed(PYTHON, '--version')
  const key = createHash('sha256')
    .update(JSON.stringify([version, metadata, requirements]))
    .digest('hex')
    .slice(0, 16)
  const folder = join(CACHE, `${runtimes}-${key}`)
  const python = join(folder, 'bin/python')
  const pip = (...args: string[]) => succeed(python, '-m', 'pip', 'install', '--quiet', ...args)
  if (!(await exists(join(folder, READY)))) {
    await mkdir(CACHE, { recursive: true })
    const outdated = (await readdir(CACHE)).filter((name) => name.startsWith(`${runtimes}-`))
    for (const name of outdated) await rm(join(CACHE, name), { recursive: true, force: true })
    await succeed(PYTHON, '-m', 'venv', folder)
    await pip(...requirements.filter((line) => /^\w/.test(line)), wheel)
    await writeFile(join(folder, READY), '')
  }
  await pip('--force-reinstall', '--no-deps', wheel)
  await succeed(python, '-m', 'pip', 'check')
  return python
}

/** `grpcio==1.72.2` of `grpcio>=1.72.2,<2`: the bounds without a marker, which hold for every Python but the newest. */
function lowerBounds(metadata: string): string[] {
  return Array.from(metadata.matchAll(/"(\w+)>=([\d.]+),<[\d.]+"/g), ([, name, version]) => `${name}==${version}`)
}

/** The type checkers, and the frameworks that bots are written in, are for the newest runtimes only. */
function testTools(requirements: string): string[] {
  return requirements.split('\n').filter((line) => /^(maibot-plugin-sdk|pytest|PyYAML)==/.test(line))
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
