/**
 * What a stream may hold, in bytes of UTF-8. The contract states the same numbers for requests (`buf.validate` rules in
 * chat_api.proto; test/domain/limits.test.ts holds the two equal); these hold for what importers bring too.
 */
export const MAX_STREAM_ID_BYTES = 255
export const MAX_PLATFORM_BYTES = 256
export const MAX_ID_BYTES = 512
export const MAX_NAME_BYTES = 16_384
export const MAX_LABELS = 64
export const MAX_LABEL_KEY_BYTES = 128
export const MAX_LABEL_VALUE_BYTES = 1_024

/** The texts of a stream by their paths in the contract, which are those in a document of the bot as well. */
export const MAX_TEXT_BYTES = {
  stream_id: MAX_STREAM_ID_BYTES,
  platform: MAX_PLATFORM_BYTES,
  account_id: MAX_ID_BYTES,
  scope: MAX_ID_BYTES,
  'user_info.platform': MAX_PLATFORM_BYTES,
  'user_info.user_id': MAX_ID_BYTES,
  'user_info.user_nickname': MAX_NAME_BYTES,
  'user_info.user_cardname': MAX_NAME_BYTES,
  'group_info.platform': MAX_PLATFORM_BYTES,
  'group_info.group_id': MAX_ID_BYTES,
  'group_info.group_name': MAX_NAME_BYTES,
  custom_name: MAX_NAME_BYTES,
} as const

/** Streams written or asked for in one call. */
export const MAX_BATCH = 1_000
/** Streams on one page. */
export const MAX_PAGE_SIZE = 10_000

/** The times that a protobuf Timestamp can hold: years 1 to 9999, in seconds since the Unix epoch. */
export const MIN_TIME = -62_135_596_800
export const MAX_TIME = 253_402_300_799
