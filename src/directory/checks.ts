import { type FieldViolation, invalidFields } from '../domain/errors.ts'
import {
  MAX_ID_BYTES,
  MAX_LABEL_KEY_BYTES,
  MAX_LABEL_VALUE_BYTES,
  MAX_LABELS,
  MAX_NAME_BYTES,
  MAX_PLATFORM_BYTES,
  MAX_STREAM_ID_BYTES,
  MAX_TIME,
  MIN_TIME,
} from '../domain/limits.ts'
import { targetOf } from '../domain/stream.ts'
import type { Activity } from './activity.ts'
import type { Chat } from './chat.ts'

/** Throws INVALID_FIELD where an activity breaks a limit of what a stream holds, whoever brings it. */
export function checkActivity(activity: Activity, path: string): void {
  const checks = new Checks(`${path}.`)
  checks.chat(activity)
  checks.time('active_time', activity.activeTime)
  checks.time('create_time', activity.createTime)
  if (activity.streamId === undefined && !targetOf(activity)) {
    checks.fault('group_info', 'group_info or user_info is needed: where was the activity?')
  }
  checks.finish()
}

/** Throws INVALID_FIELD where a new stream would break a limit. */
export function checkOpening(opening: Chat & { labels?: Readonly<Record<string, string>> }): void {
  const checks = new Checks('')
  checks.chat(opening)
  const labels = Object.entries(opening.labels ?? {})
  if (labels.length > MAX_LABELS) checks.fault('labels', `must be at most ${MAX_LABELS}, are ${labels.length}`)
  for (const [key, value] of labels) {
    checks.text(`labels[${JSON.stringify(key)}]`, key, MAX_LABEL_KEY_BYTES, 1)
    checks.text(`labels[${JSON.stringify(key)}]`, value, MAX_LABEL_VALUE_BYTES)
  }
  checks.finish()
}

class Checks {
  readonly #prefix: string
  readonly #violations: FieldViolation[] = []

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  chat({ platform, accountId, scope, streamId, userInfo, groupInfo }: Chat): void {
    this.text('platform', platform, MAX_PLATFORM_BYTES, 1)
    this.text('account_id', accountId, MAX_ID_BYTES)
    this.text('scope', scope, MAX_ID_BYTES)
    this.text('stream_id', streamId, MAX_STREAM_ID_BYTES, 1)
    if (userInfo) {
      this.text('user_info.platform', userInfo.platform, MAX_PLATFORM_BYTES)
      this.text('user_info.user_id', userInfo.userId, MAX_ID_BYTES, 1)
      this.text('user_info.user_nickname', userInfo.userNickname, MAX_NAME_BYTES)
      this.text('user_info.user_cardname', userInfo.userCardname, MAX_NAME_BYTES)
    }
    if (groupInfo) {
      this.text('group_info.platform', groupInfo.platform, MAX_PLATFORM_BYTES)
      this.text('group_info.group_id', groupInfo.groupId, MAX_ID_BYTES, 1)
      this.text('group_info.group_name', groupInfo.groupName, MAX_NAME_BYTES)
    }
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
    this.#violations.push({ field: this.#prefix + field, description })
  }

  finish(): void {
    if (this.#violations.length > 0) throw invalidFields(this.#violations)
  }
}
