import { execFile } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

const IS_WINDOWS = process.platform === 'win32'
const PYTHON = process.env.PYTHON ?? (IS_WINDOWS ? 'python' : 'python3')
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

export interface ProgramOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program and returns what it printed. Throws with that where it fails. */
export async function run(program: string, args: readonly string[], { cwd, env }: ProgramOptions): Promise<string> {
  // The Node that runs this is the one that every program finds.
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter)
  const options = { cwd, env: { ...process.env, PATH: path, ...env }, maxBuffer: MAX_OUTPUT_BYTES }
  const { stdout } = await promisify(execFile)(program, [...args], options).catch((error) => {
    throw new Error(`${program} ${args.join(' ')} failed in ${cwd}:\n${error.stdout}${error.stderr}`, { cause: error })
  })
  return stdout.trim()
}

/** Runs the npm that runs this script. On Windows npm is no program, but this file of it is one for Node. */
export function npm(args: readonly string[], options: ProgramOptions): Promise<string> {
  const { npm_execpath: script } = process.env
  if (!script) throw new Error('expected to be run by npm: npm run release -- --dry-run')
  return run(process.execPath, [script, ...args], options)
}

export function python(args: readonly string[], options: ProgramOptions): Promise<string> {
  return run(PYTHON, args, options)
}

/** The Python of a virtual environment. */
export function pythonOf(environment: string): string {
  return IS_WINDOWS ? join(environment, 'Scripts/python.exe') : join(environment, 'bin/python')
}
