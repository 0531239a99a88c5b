import { randomBytes } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'

/** A token is written at most so often; what was told since the last one is told again after a crash. */
const MIN_INTERVAL_MS = 1_000

/** The last token of a watch in a file, from which the next one goes on. */
export class KeptToken {
  readonly #path: string
  #written: string | undefined
  #writtenAt = Number.NEGATIVE_INFINITY

  constructor(path: string) {
    this.#path = path
  }

  /** The token that the file has; undefined where there is no file yet. */
  async read(): Promise<string | undefined> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    return text.trim() || undefined
  }

  /** Keeps a token, unless another one was kept just now. */
  async keep(token: string): Promise<void> {
    if (performance.now() - this.#writtenAt >= MIN_INTERVAL_MS) await this.write(token)
  }

  /** Keeps a token now. The file holds the one before until it holds this one whole. */
  async write(token: string): Promise<void> {
    if (token === this.#written) return
    const part = `${this.#path}.${randomBytes(4).toString('hex')}.part`
    try {
      await writeFile(part, `${token}\n`, { flag: 'wx' })
      await rename(part, this.#path)
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
    this.#written = token
    this.#writtenAt = performance.now()
  }
}
