import { ChatApiError, type FieldViolation, invalidFields } from '../domain/errors.ts'
import { targetOf } from '../domain/identity.ts'
import {
  MAX_LABEL_KEY_BYTES,
  MAX_LABEL_VALUE_BYTES,
  MAX_LABELS,
  MAX_STREAM_ID_BYTES,
  MAX_TEXT_BYTES,
  MAX_TIME,
  MIN_TIME,
} from '../domain/limits.ts'
import type { Stream } from '../domain/stream.ts'
import type { Activity } from './activity.ts'
import type { Chat } from './chat.ts'
import type { Edit } from './edit.ts'

const MS_PER_SECOND = 1_000
const MS_PER_HOUR = 3_600_000

/**
 * Throws INVALID_FIELD where an activity breaks a limit of what a stream holds, whoever brings it. The fields are named as
 * they are in an activity.
 */
export function checkActivity(activity: Activity): void {
  const checks = new Checks()
  checks.chat(activity)
  checks.known('custom_name', activity.customName)
  checks.time('active_time', activity.activeTime)
  checks.time('create_time', activity.createTime)
  if (activity.streamId === undefined && !targetOf(activity)) {
    checks.fault('group_info', 'group_info or user_info is needed: where was the activity?')
  }
  checks.finish()
}

/** Throws TIME_TOO_FAR_AHEAD where an activity would keep all that comes until then from being seen. */
export function checkClock({ activeTime }: Activity, now: number, maxSkewMs: number): void {
  if (activeTime <= now + maxSkewMs / MS_PER_SECOND) return
  const description = `is ${textOf(activeTime)}, more than ${maxSkewMs / MS_PER_HOUR} h ahead of the clock of this server (${textOf(now)})`
  throw new ChatApiError('TIME_TOO_FAR_AHEAD', `active_time: ${description}`, {
    metadata: { active_time: textOf(activeTime), server_time: textOf(now) },
    violations: [{ field: 'active_time', description }],
  })
}

function textOf(seconds: number): string {
  return new Date(seconds * MS_PER_SECOND).toISOString()
}

/** Throws INVALID_FIELD where a new stream would break a limit. */
export function checkOpening(opening: Chat & { labels?: Stream['labels'] }): void {
  const checks = new Checks()
  checks.chat(opening)
  checks.labels(opening.labels ?? {})
  checks.finish()
}

/** Throws INVALID_FIELD where an edit would break a limit, or contradicts itself. */
export function checkEdit({ customName, setLabels = {}, removeLabels = [] }: Edit): void {
  const checks = new Checks()
  checks.known('custom_name', customName)
  checks.labels(setLabels, 'set_labels')
  for (const key of removeLabels) {
    if (Object.hasOwn(setLabels, key)) checks.fault('remove_labels', `${JSON.stringify(key)} is in set_labels, too`)
  }
  checks.finish()
}

/** Throws INVALID_FIELD where a stream of another store breaks a limit. */
export function checkStream(stream: Stream): void {
  const checks = new Checks()
  checks.chat(stream)
  checks.time('create_time', stream.createTime)
  checks.time('last_active_time', stream.lastActiveTime)
  checks.known('custom_name', stream.customName)
  for (const aliasId of stream.aliasIds) checks.text('alias_ids', aliasId, MAX_STREAM_ID_BYTES, 1)
  checks.labels(stream.labels)
  checks.finish()
}

class Checks {
  readonly #violations: FieldViolation[] = []

  chat({ platform, accountId, scope, streamId, userInfo, groupInfo }: Chat): void {
    this.known('platform', platform, 1)
    this.known('account_id', accountId)
    this.known('scope', scope)
    this.known('stream_id', streamId, 1)
    this.known('user_info.platform', userInfo?.platform)
    this.known('user_info.user_id', userInfo?.userId, 1)
    this.known('user_info.user_nickname', userInfo?.userNickname)
    this.known('user_info.user_cardname', userInfo?.userCardname)
    this.known('group_info.platform', groupInfo?.platform)
    this.known('group_info.group_id', groupInfo?.groupId, 1)
    this.known('group_info.group_name', groupInfo?.groupName)
  }

  labels(labels: Stream['labels'], field = 'labels'): void {
    const entries = Object.entries(labels)
    if (entries.length > MAX_LABELS) this.fault(field, `must be at most ${MAX_LABELS}, are ${entries.length}`)
    for (const [key, value] of entries) {
      this.text(`${field}[${JSON.stringify(key)}]`, key, MAX_LABEL_KEY_BYTES, 1)
      this.text(`${field}[${JSON.stringify(key)}]`, value, MAX_LABEL_VALUE_BYTES)
    }
  }

  /** A text that streams have. */
  known(field: keyof typeof MAX_TEXT_BYTES, value: string | undefined, minBytes = 0): void {
    this.text(field, value, MAX_TEXT_BYTES[field], minBytes)
  }

  text(field: string, value: string | undefined, maxBytes: number, minBytes = 0): void {
    if (value === undefined) return
    const bytes = Buffer.byteLength(value)
    if (bytes < minBytes) this.fault(field, 'must not be empty')
    if (bytes > maxBytes) this.fault(field, `must be at most ${maxBytes} bytes, is ${bytes}`)
  }

  time(field: string, seconds: number | undefined): void {
    if (seconds === undefined || (seconds >= MIN_TIME && seconds <= MAX_TIME)) return
    this.fault(field, `must be seconds since 1970 in the years 1 to 9999, is ${seconds}`)
  }

  fault(field: string, description: string): void {
    this.#violations.push({ field, description })
  }

  finish(): void {
    if (this.#violations.length > 0) throw invalidFields(this.#violations)
  }
}
