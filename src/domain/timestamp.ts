/** Seconds since the Unix epoch, and nanoseconds behind them, as a protobuf Timestamp has them. */
export interface Timestamp {
  readonly seconds: number
  readonly nanos: number
}

const NANOS_PER_SECOND = 1e9

/** Powers of ten from milliseconds on, the least that clocks tell, to nanoseconds. */
const UNITS_PER_SECOND = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

/**
 * The seconds and nanoseconds of the shortest decimal that stands for a double of seconds: 1.024, and not the 1.02399993 that
 * some digit further on is nearer to it. `joinTime` makes the same double of them from 2^23 seconds on (April 1970)
 * and up to as many before the epoch; between the two nine digits do not suffice, and the nearest nanosecond is told.
 */
export function splitTime(time: number): Timestamp {
  const seconds = Math.floor(time)
  const fraction = time - seconds
  if (fraction === 0) return { seconds, nanos: 0 }
  for (const units of UNITS_PER_SECOND) {
    const count = roundHalfToEven(fraction * units)
    if (seconds + count / units === time) return carried(seconds, count * (NANOS_PER_SECOND / units))
  }
  return carried(seconds, Math.round(fraction * NANOS_PER_SECOND))
}

/** As the shortest decimal is chosen where two are as short and as near. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value)
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded
}

function carried(seconds: number, nanos: number): Timestamp {
  return nanos === NANOS_PER_SECOND ? { seconds: seconds + 1, nanos: 0 } : { seconds, nanos }
}

/** The double of seconds. */
export function joinTime({ seconds, nanos }: Timestamp): number {
  return seconds + nanos / NANOS_PER_SECOND
}

const MS_PER_SECOND = 1_000

/** The time as protobuf tells it in JSON: in UTC, with as many digits of the second as it takes, in groups of three. */
export function formatTime(time: number): string {
  const { seconds, nanos } = splitTime(time)
  const digits = String(nanos)
    .padStart(9, '0')
    .replace(/(000){1,3}$/, '')
  return new Date(seconds * MS_PER_SECOND).toISOString().replace('.000Z', digits === '' ? 'Z' : `.${digits}Z`)
}

/** Reads such a text; undefined where it is none. */
export function parseTime(text: string): number | undefined {
  const [, dateTime, digits = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text) ?? []
  const seconds = Date.parse(`${dateTime}Z`) / MS_PER_SECOND
  return Number.isNaN(seconds) ? undefined : joinTime({ seconds, nanos: Number(digits.padEnd(9, '0')) })
}
