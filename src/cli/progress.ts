import { grouped } from './text.ts'

export interface Progress extends Disposable {
  show(rowsRead: number): void
}

const MIN_INTERVAL_MS = 100
const CLEAR_LINE = '\r\x1b[2K'

/** A line on the terminal that tells how far a long command is; nothing where stderr is no terminal. */
export function startProgress(rowCount: number): Progress {
  const startedAt = performance.now()
  let shownAt = Number.NEGATIVE_INFINITY
  if (!process.stderr.isTTY) return { show() {}, [Symbol.dispose]() {} }
  return {
    show(rowsRead) {
      const now = performance.now()
      if (now - shownAt < MIN_INTERVAL_MS) return
      shownAt = now
      const percent = Math.min(100, Math.floor((100 * rowsRead) / Math.max(rowCount, 1)))
      const rate = grouped((1_000 * rowsRead) / Math.max(now - startedAt, 1))
      process.stderr.write(
        `${CLEAR_LINE}${grouped(rowsRead)} of ${grouped(rowCount)} rows  ${percent} %  ${rate} rows/s`,
      )
    },
    [Symbol.dispose]() {
      process.stderr.write(CLEAR_LINE)
    },
  }
}
