import { isRole, type Principal, ROLES } from '../domain/access.ts'
import { optionalTexts } from './optional-texts.ts'

/** An entry of a tokens file: who it is, by the digest of a token or by a name in a client certificate. */
export interface Entry extends Principal {
  /** 32 bytes. */
  readonly sha256?: Buffer
  readonly certificate?: string
}

const KEYS = new Set(['name', 'sha256', 'certificate', 'role', 'platforms', 'accounts'])
const SHA256 = /^[0-9a-f]{64}$/i

/** A tokens file is not one. */
export class TokensFileError extends Error {
  override readonly name = 'TokensFileError'
  readonly faults: readonly string[]

  constructor(path: string, faults: readonly string[]) {
    super(`${path}: ${faults.join('; ')}`)
    this.faults = faults
  }
}

/** Reads JSON Lines, an entry each; throws with the fault of every line that is none. No fault repeats what a line says. */
export function readEntries(path: string, text: string): Entry[] {
  const entries: Entry[] = []
  const faults: string[] = []
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return
    try {
      entries.push(readEntry(line))
    } catch (error) {
      faults.push(`line ${index + 1}: ${(error as Error).message}`)
    }
  })
  if (faults.length > 0) throw new TokensFileError(path, faults)
  return entries
}

/** The line of an entry, as `readEntries` takes it. */
export function formatEntry({ name, sha256, certificate, role, scope }: Entry): string {
  return JSON.stringify({
    name,
    sha256: sha256?.toString('hex'),
    certificate,
    role,
    platforms: scope.platforms,
    accounts: scope.accountIds,
  })
}

function readEntry(line: string): Entry {
  const value = parse(line)
  const unknown = Object.keys(value).find((key) => !KEYS.has(key))
  if (unknown !== undefined) throw new Error(`${JSON.stringify(unknown)} is not a key of an entry`)
  const { name, sha256, certificate, role, platforms, accounts } = value
  if (typeof name !== 'string' || name === '') throw new Error('"name" must be a text that is not empty')
  if (!isRole(role)) throw new Error(`"role" must be one of ${ROLES.join(', ')}`)
  const scope = { platforms: texts('platforms', platforms), accountIds: texts('accounts', accounts) }
  if ((sha256 === undefined) === (certificate === undefined)) {
    throw new Error('an entry has either "sha256" or "certificate"')
  }
  if (sha256 !== undefined) {
    if (typeof sha256 !== 'string' || !SHA256.test(sha256)) throw new Error('"sha256" must be 64 hex digits')
    return { name, role, scope, sha256: Buffer.from(sha256, 'hex') }
  }
  if (typeof certificate !== 'string' || certificate === '') {
    throw new Error('"certificate" must be a subject alternative name, such as "plugin.example.org"')
  }
  return { name, role, scope, certificate }
}

function parse(line: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new Error('it is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is not a JSON object')
  return value as Record<string, unknown>
}

function texts(key: string, value: unknown): readonly string[] | undefined {
  return optionalTexts(value, () => new Error(`${JSON.stringify(key)} must be a list of texts`))
}
