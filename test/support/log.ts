import { type Logger, type LoggerOptions, pino } from 'pino'

/** A line of the log, as an object. */
export type Line = Readonly<Record<string, unknown>>

/** A log and what was written to it so far. */
export function recordedLog(options: LoggerOptions = {}): { log: Logger; lines: Line[] } {
  const lines: Line[] = []
  return { log: pino(options, { write: (line: string) => void lines.push(JSON.parse(line)) }), lines }
}
