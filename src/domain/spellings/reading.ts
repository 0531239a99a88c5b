import type { Target } from '../identity.ts'
import type { PlatformAliases } from '../platform.ts'

/** A chat that a text may mean. */
export interface ChatReading {
  readonly target: Target
  /** Where the text names its platform: what that may be called here, the likeliest first. */
  readonly platforms?: readonly string[]
  /** The bot's account, which a stream has to have unless none is recorded. */
  readonly accountId?: string
}

/** What a text may mean, as one row of the table reads it. */
export type Reading =
  | { readonly by: 'id'; readonly streamId: string }
  | { readonly by: 'chat'; readonly chat: ChatReading }
  /** Different places at which the text may be split: it counts where exactly one of them names a chat that is known. */
  | { readonly by: 'splits'; readonly chats: readonly ChatReading[] }
  /** The stream whose display name is the text. */
  | { readonly by: 'displayName'; readonly among: DisplayedIdentity }
  /** Streams with this name. */
  | { readonly by: 'name'; readonly name: string }

/** Where to look for the stream with a display name. */
export type DisplayedIdentity = { readonly streamId: string } | { readonly target: Target; readonly platform: string }

export interface Row {
  /** The forms, as the documentation shows them. */
  readonly forms: readonly string[]
  /** Whose it is, or what it means. */
  readonly meaning: string
  /** Whether it is how another system writes a chat. */
  readonly isForeign: boolean
  /** Texts of the form, and what they are read as. */
  readonly examples: Readonly<Record<string, readonly Reading[]>>
  /** What a text may mean; empty where it is not of the form. */
  read(text: string, aliases: PlatformAliases): readonly Reading[]
}

const KINDS: Readonly<Record<string, Target['kind']>> = { group: 'group', private: 'private', user: 'private' }

/** The kind of chat that a word stands for. */
export function kindOf(word: string): Target['kind'] | undefined {
  return Object.hasOwn(KINDS, word) ? KINDS[word] : undefined
}

/** What a platform may be called here: what the alias stands for, and the very name. */
export function platformsOf(name: string, aliases: PlatformAliases): readonly string[] {
  const alias = aliases.get(name)
  return alias === undefined || alias === name ? [name] : [alias, name]
}

export function chat(kind: Target['kind'], id: string, more: Omit<ChatReading, 'target'> = {}): Reading {
  return { by: 'chat', chat: { target: { kind, id }, ...more } }
}
