import { accessSync, constants, existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseStoreUrl } from '../config/store-url.ts'
import { StoreUnusableError } from '../store/store.ts'

/** The failure to open a store, where its folder cannot be written named as that; else the error as it is. */
export function nameReadOnlyFolder(storeUrl: string, error: unknown): unknown {
  const location = parseStoreUrl(storeUrl)
  if (!(error instanceof StoreUnusableError) || location.engine !== 'sqlite' || !isOfPlace(error.cause)) return error
  const folder = existingFolder(location.path)
  if (mayWrite(folder)) return error
  return new StoreUnusableError(
    `${location.path} cannot be kept in ${folder}, a folder that this user may only read; ` +
      'name another with --store sqlite:PATH, or change its permissions',
    { cause: error },
  )
}

/** SQLITE_READONLY and SQLITE_CANTOPEN. */
const PLACE_CODES = [8, 14]

function isOfPlace(error: unknown): boolean {
  const { errcode, syscall } = (error ?? {}) as { errcode?: number; syscall?: string }
  return syscall !== undefined || PLACE_CODES.includes((errcode ?? 0) & 0xff)
}

/** The folder of the file, or the nearest one above it that is there. */
function existingFolder(path: string): string {
  let folder = dirname(resolve(path))
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder)
  return folder
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
