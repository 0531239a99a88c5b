import { ErrorReason, SpecialType, StreamOrder, StreamType } from '../../gen/chatapi/v1/chat_api_pb.js'
import type { FieldViolation } from '../errors.ts'
import { DEFAULT_PLATFORM } from './chats.ts'
import type { Filter } from './filter.ts'
import { refused } from './refusals.ts'

/** The limits of the contract, in bytes. */
const MAX_STREAM_ID = 255
const MAX_PLATFORM = 256
const MAX_ID = 512
const MAX_TARGET = 4_096
const MAX_NAME_PART = 1_024
const MAX_PAGE_TOKEN = 1_024
const MAX_LABELS = 64
const MAX_LABEL_KEY = 128
const MAX_LABEL_VALUE = 1_024
/** Of one field, and in one call. */
const MAX_VALUES = 1_000
const MAX_REVISION = 2n ** 64n - 1n
/** What one UTF-16 code unit takes at most. */
const MAX_BYTES_PER_UNIT = 3

export interface PlatformRequest {
  readonly platform?: string | undefined
  readonly specialType?: SpecialType | undefined
}

/** Looks for what the contract does not allow in the arguments of one call. What is in order costs next to nothing. */
export class Checks {
  readonly #method: string
  #found: FieldViolation[] | undefined

  constructor(method: string) {
    this.#method = method
  }

  /** Throws INVALID_FIELD where something was found. */
  assertNone(): void {
    if (this.#found) throw refused(this.#method, ErrorReason.INVALID_FIELD, this.#found)
  }

  fail(field: string, description: string): void {
    this.#found ??= []
    this.#found.push({ field, description })
  }

  text(field: string, value: string, minBytes: number, maxBytes: number): void {
    if (value.length < minBytes) this.fail(field, `must be at least ${minBytes} bytes`)
    else if (value.length * MAX_BYTES_PER_UNIT > maxBytes && new TextEncoder().encode(value).length > maxBytes) {
      this.fail(field, `must be at most ${maxBytes} bytes`)
    }
  }

  streamId(value: string, field = 'stream_id'): void {
    this.text(field, value, 1, MAX_STREAM_ID)
  }

  /** The id of a group or of a user. */
  chatId(field: string, value: string): void {
    this.text(field, value, 1, MAX_ID)
  }

  target(value: string, field = 'target'): void {
    this.text(field, value, 1, MAX_TARGET)
  }

  many<T>(field: string, values: readonly T[], check: (value: T, field: string) => void): void {
    if (values.length === 0) this.fail(field, 'must have at least 1 value')
    this.#each(field, values, check)
  }

  /** The platform that a request is about; undefined means all of them. */
  platform({ platform, specialType = SpecialType.UNSPECIFIED }: PlatformRequest): string | undefined {
    if (platform !== undefined) {
      this.text('platform', platform, 1, MAX_PLATFORM)
      if (specialType !== SpecialType.UNSPECIFIED) this.fail('platform', 'excludes special_type')
    }
    if (SpecialType[specialType] === undefined) this.fail('special_type', 'must be a defined value')
    return specialType === SpecialType.ALL_PLATFORMS ? undefined : (platform ?? DEFAULT_PLATFORM)
  }

  page({ pageSize = 0, pageToken = '' }: { readonly pageSize?: number; readonly pageToken?: string }): void {
    if (pageSize < 0) this.fail('page_size', 'must be at least 0')
    this.text('page_token', pageToken, 0, MAX_PAGE_TOKEN)
  }

  order(order: StreamOrder): void {
    if (StreamOrder[order] === undefined) this.fail('order_by', 'must be a defined value')
  }

  revision(revision: string): void {
    if (!/^[0-9]{1,20}$/.test(revision)) this.fail('at_least_revision', 'must be a number')
    else if (BigInt(revision) > MAX_REVISION) this.fail('at_least_revision', 'must be a number of 64 bits')
  }

  filter(filter: Filter): void {
    const texts = (name: string, values: readonly string[] | undefined, minBytes: number, maxBytes: number) =>
      this.#each(`filter.${name}`, values ?? [], (value, field) => this.text(field, value, minBytes, maxBytes))
    texts('platforms', filter.platforms, 1, MAX_PLATFORM)
    this.#each('filter.types', filter.types ?? [], (type, field) => {
      if (!StreamType[type]) this.fail(field, 'must be a defined value')
      else if (type === StreamType.UNSPECIFIED) this.fail(field, 'must be a type')
    })
    texts('account_ids', filter.accountIds, 0, MAX_ID)
    texts('scopes', filter.scopes, 0, MAX_ID)
    texts('stream_ids', filter.streamIds, 1, MAX_STREAM_ID)
    texts('group_ids', filter.groupIds, 1, MAX_ID)
    texts('user_ids', filter.userIds, 1, MAX_ID)
    texts('exclude_stream_ids', filter.excludeStreamIds, 1, MAX_STREAM_ID)
    this.text('filter.name_contains', filter.nameContains ?? '', 0, MAX_NAME_PART)
    const labels = Object.entries(filter.labels ?? {})
    if (labels.length > MAX_LABELS) this.fail('filter.labels', `must have at most ${MAX_LABELS} entries`)
    for (const [key, value] of labels) {
      this.text(`filter.labels["${key}"]`, key, 1, MAX_LABEL_KEY)
      this.text(`filter.labels["${key}"]`, value, 0, MAX_LABEL_VALUE)
    }
  }

  #each<T>(field: string, values: readonly T[], check: (value: T, field: string) => void): void {
    if (values.length > MAX_VALUES) this.fail(field, `must have at most ${MAX_VALUES} values`)
    for (const [index, value] of values.entries()) check(value, `${field}[${index}]`)
  }
}
