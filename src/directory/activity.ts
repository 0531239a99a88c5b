import type { ChatApiError } from '../domain/errors.ts'
import type { GroupInfo, UserInfo } from '../domain/stream.ts'

/** What a bot saw in one chat, or what an importer read of one. */
export interface Activity {
  readonly platform: string
  /** Absent matches any existing stream of the chat; present, also empty, matches exactly. */
  readonly accountId?: string | undefined
  readonly scope?: string | undefined
  readonly userInfo?: UserInfo | undefined
  readonly groupInfo?: GroupInfo | undefined
  /** Seconds since the Unix epoch. */
  readonly activeTime: number
  /** Seconds since the Unix epoch; absent means `activeTime`. An earlier one than recorded moves the record back. */
  readonly createTime?: number | undefined
  /**
   * The id under which the source keeps the stream; absent means the derived one. Only importers know it. It makes account
   * and scope match exactly, and alone allows an activity with neither a user nor a group.
   */
  readonly streamId?: string | undefined
  /**
   * Whether the source is from before the bot recorded accounts, or from since, with this as its only stream of the chat. A chat
   * that is known from both is one stream, that from since, as long as that is the only one. Only importers know it.
   */
  readonly era?: 'before accounts' | 'since accounts' | undefined
  /**
   * What its names are against those on record, whatever the times say: `newer`, or only there for those that are missing.
   * Absent: newer where the activity is the latest. Only those who follow a bot know it.
   */
  readonly names?: 'newer' | 'fallback' | undefined
  /** A name given by people, taken where the stream has none; never empty. Only importers know it. */
  readonly customName?: string | undefined
}

export type Outcome = 'created' | 'updated' | 'unchanged'

/** What an activity that was recorded did. */
export interface Effect {
  readonly streamId: string
  readonly outcome: Outcome
}

export interface Refusal {
  readonly outcome: 'refused'
  readonly error: ChatApiError
}
