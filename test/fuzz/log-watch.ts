import pino from 'pino'

const ERROR_LEVEL = pino.levels.values.error!
/** What a server may say whenever it likes: that it drains, that it looked after its store. */
const ALLOWED_LINES = 10
const TAIL_LINES = 60
const STACK = /^\s+at .*:\d+:\d+\)?$|"stack":/

/** Reads what a server logs, one line of JSON each, and holds it to what strangers may cause. */
export class LogWatch {
  readonly #tail: string[] = []
  #lines = 0
  #since = performance.now()
  #fault: string | undefined

  add(line: string): void {
    this.#lines += 1
    this.#tail.push(line)
    if (this.#tail.length > TAIL_LINES) this.#tail.shift()
    this.#fault ??= faultOf(line)
  }

  /** Counts lines from now on. */
  restart(): void {
    this.#lines = 0
    this.#since = performance.now()
  }

  get lines(): number {
    return this.#lines
  }

  /** The first thing wrong with what was logged; undefined where all is well. */
  get fault(): string | undefined {
    if (this.#fault !== undefined) return this.#fault
    const seconds = (performance.now() - this.#since) / 1_000
    if (this.#lines <= ALLOWED_LINES + seconds) return undefined
    return `the log has ${this.#lines} lines in ${seconds.toFixed(1)} s; strangers may cause one a second`
  }

  tail(): string {
    return this.#tail.join('\n')
  }
}

function faultOf(line: string): string | undefined {
  const shown = line.slice(0, 500)
  if (STACK.test(line)) return `the log has a stack trace: ${shown}`
  const level = levelOf(line)
  if (level === undefined) return `stderr has a line that is none of the log: ${shown}`
  return level >= ERROR_LEVEL ? `the log has an error: ${shown}` : undefined
}

function levelOf(line: string): number | undefined {
  try {
    const { level } = JSON.parse(line) as { level?: unknown }
    return pino.levels.values[String(level)]
  } catch {
    return undefined
  }
}
