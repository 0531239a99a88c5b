const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const SIZES: Readonly<Record<string, number>> = { '': 1, B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 }
const MAX_COUNT = 1_000_000_000

/** Reads `500ms`, `10s`, `2m` or `24h` as milliseconds. */
export function parseDuration(text: string, maxMs: number): number {
  const ms = amount(text, DURATIONS)
  if (ms === undefined) throw new Error(`${JSON.stringify(text)} is no duration; expected one such as 500ms, 10s or 2m`)
  if (ms > maxMs) throw new Error(`${text} is too long; at most ${formatDuration(maxMs)}`)
  return ms
}

export function formatDuration(ms: number): string {
  for (const unit of ['h', 'm', 's'])
    if (ms > 0 && ms % DURATIONS[unit]! === 0) return `${ms / DURATIONS[unit]!}${unit}`
  return ms === 0 ? '0s' : `${ms}ms`
}

/** Reads `65536`, `512KiB` or `4MiB` as bytes. */
export function parseSize(text: string, minBytes: number, maxBytes: number): number {
  const bytes = amount(text, SIZES)
  if (bytes === undefined) throw new Error(`${JSON.stringify(text)} is no size; expected one such as 512KiB or 4MiB`)
  if (bytes < minBytes || bytes > maxBytes) {
    throw new Error(`${text} is out of bounds; expected ${formatSize(minBytes)} to ${formatSize(maxBytes)}`)
  }
  return bytes
}

export function formatSize(bytes: number): string {
  for (const unit of ['GiB', 'MiB', 'KiB']) if (bytes % SIZES[unit]! === 0) return `${bytes / SIZES[unit]!}${unit}`
  return `${bytes}B`
}

/** Reads a whole number from 1 on. */
export function parseCount(text: string, max = MAX_COUNT): number {
  const count = amount(text, { '': 1 })
  if (count === undefined || count < 1 || count > max) {
    throw new Error(`${JSON.stringify(text)} is no count; expected a whole number from 1 to ${max}`)
  }
  return count
}

/** A whole number and its unit; undefined where the text is neither. */
function amount(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d{1,12})([A-Za-z]*)$/.exec(text)
  const unit = match && Object.hasOwn(units, match[2]!) ? units[match[2]!] : undefined
  return unit === undefined ? undefined : Number(match![1]) * unit
}
