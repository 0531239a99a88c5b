import { grouped } from './text.ts'

export interface Progress extends Disposable {
  show(done: number): void
}

const MIN_INTERVAL_MS = 100
const CLEAR_LINE = '\r\x1b[2K'

/**
 * A line on the terminal that tells how far a long command is; nothing where stderr is no terminal.
 *
 * @param total 0 where it is not known
 */
export function startProgress(total: number, unit = 'rows'): Progress {
  const startedAt = performance.now()
  let shownAt = Number.NEGATIVE_INFINITY
  if (!process.stderr.isTTY) return { show() {}, [Symbol.dispose]() {} }
  return {
    show(done) {
      const now = performance.now()
      if (now - shownAt < MIN_INTERVAL_MS) return
      shownAt = now
      const of = total > 0 ? ` of ${grouped(total)}` : ''
      const percent = total > 0 ? `  ${Math.min(100, Math.floor((100 * done) / total))} %` : ''
      const rate = grouped((1_000 * done) / Math.max(now - startedAt, 1))
      process.stderr.write(`${CLEAR_LINE}${grouped(done)}${of} ${unit}${percent}  ${rate} ${unit}/s`)
    },
    [Symbol.dispose]() {
      process.stderr.write(CLEAR_LINE)
    },
  }
}
