import { execFile } from 'node:child_process'
import { access, mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Builds a command with Go, once for each checkout and version, and returns the folder that it is in. */
export async function installGoTool(path: string, version: string): Promise<string> {
  const name = basename(path)
  const folder = fileURLToPath(new URL(`../../.cache/${name}-${version}`, import.meta.url))
  const isBuilt = await access(join(folder, name)).then(
    () => true,
    () => false,
  )
  if (!isBuilt) {
    await mkdir(folder, { recursive: true })
    await promisify(execFile)('go', ['install', `${path}@${version}`], {
      env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' },
    })
  }
  return folder
}
