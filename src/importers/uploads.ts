import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, mkdir, open, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ChatApiError } from '../domain/errors.ts'

export interface UploadLimits {
  /** How many may be under way. Default: 16. */
  readonly maxUploads?: number
  /** What all of them together may take on disk, in bytes. Default: 8 GiB. */
  readonly maxBytes?: number
  /** For how long one may rest before it is forgotten. Default: an hour. */
  readonly maxAgeMs?: number
}

const DEFAULTS: Required<UploadLimits> = { maxUploads: 16, maxBytes: 8_589_934_592, maxAgeMs: 3_600_000 }

const RETRY_MS = 60_000
/** Nobody else may read chats, or put something in their place. */
const FOLDER_MODE = 0o700

/** What is known of an upload beside its data. */
interface About {
  /** Who may add to it and import it. */
  readonly owner: string
  readonly sizeBytes: number
}

/** The folder for the uploads to a store; the processes that serve one share it, since any of them may get any piece. */
export function uploadsFolder(store: string): string {
  const name = createHash('sha256').update(`${userInfo().uid} ${store}`).digest('hex').slice(0, 16)
  return join(tmpdir(), `chatapi-uploads-${name}`)
}

/** Files that arrive in pieces, each in a folder of its own: `about.json`, and what has arrived in `data`. */
export class Uploads {
  readonly #folder: string
  readonly #limits: Required<UploadLimits>
  #isImporting = false

  constructor(folder: string, limits: UploadLimits = {}) {
    this.#folder = folder
    this.#limits = { ...DEFAULTS, ...limits }
  }

  /** Announces a file and returns the name of its upload. Throws OVERLOADED where there is no room for it. */
  async create(owner: string, sizeBytes: number): Promise<string> {
    await this.sweep()
    const others = await Promise.all((await this.#ids()).map((id) => this.#about(id)))
    const announced = others.reduce((sum, about) => sum + (about?.sizeBytes ?? 0), 0)
    const { maxUploads, maxBytes } = this.#limits
    if (others.length >= maxUploads) throw overloaded(`${maxUploads} imports are under way, and no more are at a time`)
    if (announced + sizeBytes > maxBytes) {
      throw overloaded(`${sizeBytes} bytes are too many beside those of other imports: ${maxBytes} are kept`)
    }
    const id = randomBytes(16).toString('hex')
    await this.#makeFolder()
    // Another process may remove the empty folder around it meanwhile.
    await mkdir(join(this.#folder, id), { recursive: true, mode: FOLDER_MODE })
    await writeFile(this.#dataOf(id), '')
    await writeFile(join(this.#folder, id, 'about.json'), JSON.stringify({ owner, sizeBytes } satisfies About))
    return id
  }

  /** Adds data and returns how many bytes have arrived. What arrived before may come again. */
  async add(owner: string, id: string, offset: number, data: Uint8Array): Promise<number> {
    const { sizeBytes, receivedBytes } = await this.#find(owner, id)
    if (offset > receivedBytes) {
      throw invalid(`the offset is ${offset}, and ${receivedBytes} bytes were received: go on there`, receivedBytes)
    }
    const end = offset + data.length
    if (end > sizeBytes) throw invalid(`the data ends at ${end}, and ${sizeBytes} bytes were announced`, receivedBytes)
    if (data.length > 0) await this.#write(id, offset, data)
    return Math.max(receivedBytes, end)
  }

  /**
   * Hands over a file that is complete and what it should be. It is removed where `work` returns that it is done with, or throws
   * IMPORT_INVALID. One file at a time is handed over, since to bring it in takes what others need to be answered.
   */
  async use<T>(
    owner: string,
    id: string,
    sha256: string,
    work: (path: string) => Promise<{ readonly result: T; readonly isDone: boolean }>,
  ): Promise<T> {
    const { sizeBytes, receivedBytes } = await this.#find(owner, id)
    if (receivedBytes < sizeBytes) {
      throw invalid(`${receivedBytes} of ${sizeBytes} bytes were received: send the rest first`, receivedBytes)
    }
    if (this.#isImporting) throw overloaded('another import is being brought in')
    this.#isImporting = true
    try {
      const found = await digestOf(this.#dataOf(id))
      if (found !== sha256) throw invalid(`the SHA-256 of what was received is ${found}, and should be ${sha256}`)
      const { result, isDone } = await work(this.#dataOf(id)).catch(async (error: unknown) => {
        if (error instanceof ChatApiError && error.reason === 'IMPORT_INVALID') await this.#remove(id)
        throw error
      })
      if (isDone) await this.#remove(id)
      return result
    } finally {
      this.#isImporting = false
    }
  }

  /** Removes what has rested for too long, also of processes that were killed. */
  async sweep(): Promise<void> {
    for (const id of await this.#ids()) {
      const times = await Promise.all([mtimeOf(join(this.#folder, id)), mtimeOf(this.#dataOf(id))])
      if (Date.now() - Math.max(...times) > this.#limits.maxAgeMs) await this.#remove(id)
    }
  }

  async #find(owner: string, id: string): Promise<About & { receivedBytes: number }> {
    const about = await this.#about(id)
    if (about?.owner !== owner) throw invalid(`no import ${id} is under way; was it left alone for too long?`)
    const { size } = await stat(this.#dataOf(id))
    return { ...about, receivedBytes: size }
  }

  /** Undefined where there is none. */
  async #about(id: string): Promise<About | undefined> {
    try {
      return JSON.parse(await readFile(join(this.#folder, id, 'about.json'), 'utf8')) as About
    } catch {
      return undefined
    }
  }

  async #write(id: string, offset: number, data: Uint8Array): Promise<void> {
    const file = await open(this.#dataOf(id), 'r+')
    try {
      await file.write(data, 0, data.length, offset)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
      throw overloaded('the server has no room for the file', error)
    } finally {
      await file.close()
    }
  }

  async #remove(id: string): Promise<void> {
    await rm(join(this.#folder, id), { recursive: true, force: true })
    // There may be others in it.
    await rmdir(this.#folder).catch(() => {})
  }

  async #ids(): Promise<string[]> {
    return readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
  }

  #dataOf(id: string): string {
    return join(this.#folder, id, 'data')
  }

  /** Throws where others can read what is in the folder, or put something into it: it is where every user may make one. */
  async #makeFolder(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: FOLDER_MODE })
    const found = await lstat(this.#folder)
    // Windows keeps temporary files of each user apart, and says nothing here.
    if (process.platform === 'win32') return
    const isOurs = found.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0
    if (!isOurs) throw new Error(`${this.#folder} is open to other users; remove it`)
  }
}

async function digestOf(path: string): Promise<string> {
  const sum = createHash('sha256')
  await pipeline(createReadStream(path), sum)
  return sum.digest('hex')
}

/** 0 where there is no such file. */
async function mtimeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
}

function invalid(message: string, receivedBytes?: number): ChatApiError {
  const metadata = receivedBytes === undefined ? {} : { received_bytes: String(receivedBytes) }
  return new ChatApiError('IMPORT_INVALID', message, { metadata })
}

function overloaded(message: string, cause?: unknown): ChatApiError {
  return new ChatApiError('OVERLOADED', `${message}; try again later`, { retryAfterMs: RETRY_MS, cause })
}
