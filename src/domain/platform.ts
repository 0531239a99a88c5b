/** The platform meant where a caller names none, as in the original. */
export const DEFAULT_PLATFORM = 'qq'

/** What other systems call a platform, and what it is called here. */
export type PlatformAliases = ReadonlyMap<string, string>

/** Ways into QQ by the ids of its users: what other systems name after the way is one platform here. */
export const DEFAULT_PLATFORM_ALIASES: PlatformAliases = new Map(
  ['onebot', 'red', 'nekobox', 'lagrange', 'milky'].map((alias) => [alias, DEFAULT_PLATFORM]),
)
