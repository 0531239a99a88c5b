import { Temporal } from 'temporal-polyfill'
import { joinTime } from '../domain/timestamp.ts'

/** A time that was written without a zone, and what it means in one. */
export interface LocalTime {
  /** Seconds since the Unix epoch. */
  readonly seconds: number
  /** What is wrong with the time in its zone, and what was taken for it; undefined where it is one moment. */
  readonly doubt: string | undefined
}

const FORM = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:[0-5]\d(?:\.\d{1,9})?)(Z|[+-]\d\d:?\d\d)?$/

/**
 * Reads `2025-01-31 12:00:00`, with or without a fraction, in a zone; a zone in the text itself leads. Where clocks are set
 * back an hour is there twice: the first is taken. Where they are set forward one is missing: what a clock showed that had not
 * been set. Undefined where the text is no time.
 */
export function parseLocalTime(text: string, timeZone: string): LocalTime | undefined {
  const [, date, time, offset] = FORM.exec(text) ?? []
  if (date === undefined) return undefined
  try {
    if (offset !== undefined) return moment(Temporal.Instant.from(`${date}T${time}${offset}`))
    return inZone(Temporal.PlainDateTime.from(`${date}T${time}`), timeZone)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function inZone(time: Temporal.PlainDateTime, timeZone: string): LocalTime {
  try {
    return moment(time.toZonedDateTime(timeZone, { disambiguation: 'reject' }).toInstant())
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const taken = time.toZonedDateTime(timeZone, { disambiguation: 'compatible' })
    const isThere = taken.toPlainDateTime().equals(time)
    const problem = isThere
      ? `was twice in ${timeZone}, when clocks were set back`
      : `never was in ${timeZone}, where clocks were set forward`
    return moment(taken.toInstant(), `${problem}; taken for ${taken.toInstant()}`)
  }
}

function moment({ epochNanoseconds }: Temporal.Instant, doubt?: string): LocalTime {
  const nanos = ((epochNanoseconds % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND
  const seconds = (epochNanoseconds - nanos) / NANOS_PER_SECOND
  return { seconds: joinTime({ seconds: Number(seconds), nanos: Number(nanos) }), doubt }
}

const NANOS_PER_SECOND = 1_000_000_000n
