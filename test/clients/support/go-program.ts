import { execFile } from 'node:child_process'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Builds a command of this checkout, and returns the path of what can be run. */
export async function buildGo(source: string): Promise<string> {
  const path = join(root, '.cache/go', basename(source))
  await promisify(execFile)('go', ['build', '-o', path, source], { cwd: root })
  return path
}

/** Without Go, tests are skipped and say why; under `CI=true` they fail. */
export async function goMissing(): Promise<boolean> {
  try {
    await promisify(execFile)('go', ['version'])
    return false
  } catch (error) {
    const missing = `no Go 1.24 or later: ${(error as Error).message}`
    if (process.env.CI === 'true') throw new Error(missing)
    console.warn(`Tests with Go are SKIPPED: ${missing}`)
    return true
  }
}
