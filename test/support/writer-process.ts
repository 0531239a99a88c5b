import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface WriterOptions {
  /** A module that exports `openStore(url)`. */
  readonly openModule: string
  readonly url: string
  readonly prefix: string
  readonly commits: number
  readonly streamsPerCommit: number
}

/** Runs store-writer.ts and reads what it acknowledges. */
export class WriterProcess {
  /** The numbers of the acknowledged commits. */
  readonly acknowledged: number[] = []
  readonly #child: ChildProcess
  readonly #exited: Promise<[number | null, string | null]>
  readonly #closed: Promise<unknown>
  #stderr = ''
  #wake = () => {}

  constructor({ openModule, url, prefix, commits, streamsPerCommit }: WriterOptions) {
    const script = fileURLToPath(new URL('./store-writer.ts', import.meta.url))
    const args = [script, openModule, url, prefix, String(commits), String(streamsPerCommit)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.#exited = once(child, 'exit') as Promise<[number | null, string | null]>
    this.#closed = once(child, 'close')
    child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#stderr += text
    })
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.acknowledged.push(Number.parseInt(line, 10))
      this.#wake()
    })
  }

  /** Returns once so many commits are acknowledged. */
  async untilAcknowledged(count: number): Promise<void> {
    while (this.acknowledged.length < count) {
      const woken = new Promise<'woken'>((resolve) => {
        this.#wake = () => resolve('woken')
      })
      const outcome = await Promise.race([woken, this.#closed.then(() => 'closed')])
      if (outcome === 'closed' && this.acknowledged.length < count) {
        throw new Error(`the writer ended after ${this.acknowledged.length} of ${count} commits: ${this.#stderr}`)
      }
    }
  }

  /** Kills it without a chance to clean up, and reads the acknowledgements it still sent. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }

  /** Returns when it ended by itself; throws what it complained of. */
  async ended(): Promise<void> {
    await this.#closed
    const [code] = await this.#exited
    if (code !== 0) throw new Error(`the writer failed: ${this.#stderr}`)
  }
}
