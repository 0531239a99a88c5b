import { destination, type Logger, type LoggerOptions, pino, stdTimeFunctions } from 'pino'
import type { Config } from '../config/config.ts'
import { cut, printable } from './text.ts'

/** Longest value that a line for people shows whole; the stack of an error is always shown. */
const SHOWN_VALUE_LENGTH = 200

/** The log goes to stderr: stdout belongs to what a command says. */
export function createLog({ logLevel, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>): Logger {
  const stderr = destination({ dest: 2, sync: true })
  // Whoever reads the log may leave before us.
  stderr.on('error', () => {})
  const isPretty = logFormat === 'pretty' || (logFormat === 'auto' && process.stderr.isTTY === true)
  const options: LoggerOptions = {
    level: logLevel,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
  }
  return pino(options, isPretty ? { write: (line) => stderr.write(pretty(line)) } : stderr)
}

/** One line for people of one line of JSON. */
export function pretty(line: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>
  const fields = Object.entries(rest).map(([name, value]) => ` ${printable(name)}=${shown(value)}`)
  return `${clock(String(time))} ${String(level).toUpperCase().padEnd(5)} ${printable(String(msg ?? ''))}${fields.join('')}${trouble(err)}\n`
}

function clock(time: string): string {
  const now = new Date(time)
  const [hours, minutes, seconds] = [now.getHours(), now.getMinutes(), now.getSeconds()].map((n) =>
    String(n).padStart(2, '0'),
  )
  return `${hours}:${minutes}:${seconds}.${String(now.getMilliseconds()).padStart(3, '0')}`
}

function shown(value: unknown): string {
  const isPlain = typeof value === 'string' && /^[^\s"=\p{Cc}]+$/u.test(value)
  return printable(cut(isPlain ? value : (JSON.stringify(value) ?? ''), SHOWN_VALUE_LENGTH))
}

function trouble(error: unknown): string {
  if (error === undefined) return ''
  const { stack, message } = error as { stack?: string; message?: string }
  const text = printable(stack ?? message ?? JSON.stringify(error), { mayHaveLines: true })
  return `\n  ${text.replaceAll('\n', '\n  ')}`
}
