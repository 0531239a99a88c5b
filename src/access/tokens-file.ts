import { timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Principal } from '../domain/access.ts'
import { type Entry, readEntries, TokensFileError } from './token-entries.ts'
import { digestOf } from './tokens.ts'
import { watchFiles } from './watched-files.ts'

/** Told of what became of the file while it is watched. */
export interface TokensFileLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Who may call, by a file that is read anew when it changes. */
export class TokensFile {
  readonly #path: string
  readonly #log: TokensFileLog
  readonly #unwatch: () => void
  #byDigest = new Map<string, Entry>()
  #byCertificate = new Map<string, Entry>()

  /** Throws where the file cannot be read or is no tokens file. */
  constructor(path: string, log: TokensFileLog) {
    this.#path = path
    this.#log = log
    this.#read()
    this.#unwatch = watchFiles([path], () => this.reload())
  }

  get size(): number {
    return this.#byDigest.size + this.#byCertificate.size
  }

  ofToken(token: string): Principal | undefined {
    const digest = digestOf(token)
    const entry = this.#byDigest.get(digest.toString('hex'))
    return entry && timingSafeEqual(entry.sha256!, digest) ? entry : undefined
  }

  /** @param names the subject alternative names of a certificate that was verified */
  ofCertificate(names: readonly string[]): Principal | undefined {
    for (const name of names) {
      const entry = this.#byCertificate.get(name)
      if (entry) return entry
    }
    return undefined
  }

  /** Reads the file anew. One that cannot be read leaves everything as it was: a slip must not lock everybody out. */
  reload(): void {
    try {
      this.#read()
      this.#log.info({ path: this.#path, entries: this.size }, 'the tokens are read anew')
    } catch (error) {
      this.#log.error({ err: error }, 'the tokens cannot be read anew; those of before go on')
    }
  }

  close(): void {
    this.#unwatch()
  }

  #read(): void {
    const entries = readEntries(this.#path, textOf(this.#path))
    this.#byDigest = new Map(
      entries.flatMap((entry) => (entry.sha256 ? [[entry.sha256.toString('hex'), entry] as const] : [])),
    )
    this.#byCertificate = new Map(
      entries.flatMap((entry) => (entry.certificate ? [[entry.certificate, entry] as const] : [])),
    )
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new TokensFileError(path, [`it cannot be read: ${(error as NodeJS.ErrnoException).code}`])
  }
}
