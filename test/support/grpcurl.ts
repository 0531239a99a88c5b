import { execFile } from 'node:child_process'
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const VERSION = 'v1.9.3'

/** Builds grpcurl with Go, once for each checkout, and returns the folder that it is in. */
export async function installGrpcurl(): Promise<string> {
  const folder = fileURLToPath(new URL(`../../.cache/grpcurl-${VERSION}`, import.meta.url))
  const isBuilt = await access(join(folder, 'grpcurl')).then(
    () => true,
    () => false,
  )
  if (!isBuilt) {
    await mkdir(folder, { recursive: true })
    await promisify(execFile)('go', ['install', `github.com/fullstorydev/grpcurl/cmd/grpcurl@${VERSION}`], {
      env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' },
    })
  }
  return folder
}
