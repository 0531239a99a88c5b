import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { watchFiles } from './watched-files.ts'

/** Before a certificate expires it is warned of for so long, at each start and each time it is read. */
const EXPIRY_WARNING_MS = 14 * 24 * 3_600_000

export interface TlsFiles {
  /** The certificate, and those that lead from it to an authority, in PEM. */
  readonly cert: string
  readonly key: string
  /** The authorities whose certificates clients may show. */
  readonly clientCa?: string | undefined
}

/** What the transport takes: the contents of the files. */
export interface TlsMaterial {
  readonly cert: Buffer
  readonly key: Buffer
  readonly ca?: Buffer
}

export interface TlsLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** The files do not make an identity. */
export class TlsFilesError extends Error {
  override readonly name = 'TlsFilesError'
}

/** Who the server is, and which clients it may know by a certificate, by files that are read anew when they change. */
export class TlsIdentity {
  readonly #files: TlsFiles
  readonly #log: TlsLog
  readonly #listeners = new Set<(material: TlsMaterial) => void>()
  readonly #unwatch: () => void
  #material: TlsMaterial

  /** Throws where a file cannot be read, or key and certificate do not belong together. */
  constructor(files: TlsFiles, log: TlsLog) {
    this.#files = files
    this.#log = log
    this.#material = this.#read()
    const paths = [files.cert, files.key, files.clientCa].filter((path) => path !== undefined)
    this.#unwatch = watchFiles(paths, () => this.reload())
  }

  get material(): TlsMaterial {
    return this.#material
  }

  /** Calls back with what is new. Connections that are there go on with what they began with. */
  onChange(listener: (material: TlsMaterial) => void): void {
    this.#listeners.add(listener)
  }

  /** Reads the files anew. Where they make no identity, everything stays as it was. */
  reload(): void {
    try {
      this.#material = this.#read()
      for (const tell of this.#listeners) tell(this.#material)
      this.#log.info({ cert: this.#files.cert }, 'the certificate is read anew')
    } catch (error) {
      this.#log.error({ err: error }, 'the certificate cannot be read anew; that of before goes on')
    }
  }

  close(): void {
    this.#unwatch()
  }

  #read(): TlsMaterial {
    const { cert, key, clientCa } = this.#files
    const material = {
      cert: bytesOf(cert),
      key: bytesOf(key),
      ...(clientCa !== undefined && { ca: bytesOf(clientCa) }),
    }
    const certificate = parsed(cert, () => new X509Certificate(material.cert))
    const privateKey = parsed(key, () => createPrivateKey(material.key))
    if (!certificate.checkPrivateKey(privateKey)) {
      throw new TlsFilesError(`the key in ${key} does not belong to the certificate in ${cert}`)
    }
    if (clientCa !== undefined) parsed(clientCa, () => new X509Certificate(bytesOf(clientCa)))
    const leftMs = certificate.validToDate.getTime() - Date.now()
    if (leftMs < EXPIRY_WARNING_MS) {
      this.#log.warn(
        { cert, expires: certificate.validToDate.toISOString() },
        'the certificate expires, or has expired',
      )
    }
    return material
  }
}

function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new TlsFilesError(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`)
  }
}

/** What is wrong with a key is told without any of it. */
function parsed<T>(path: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new TlsFilesError(`${path} is not what it should be, in PEM${code ? `: ${code}` : ''}`)
  }
}
