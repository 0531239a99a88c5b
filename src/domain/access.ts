import type { StreamFilter } from './filter.ts'
import type { Stream } from './stream.ts'

/** What a caller may do; each may do what those before it may. */
export const ROLES = ['reader', 'recorder', 'admin'] as const
export type Role = (typeof ROLES)[number]

export function isRole(value: unknown): value is Role {
  return ROLES.some((role) => role === value)
}

/** Who may call a method: whoever has at least the role, or `anyone`, also without credentials. */
export type Access = 'anyone' | Role

/** The streams that a caller may see and write: of these platforms and of these accounts of the bot; absent means all. */
export type Scope = Pick<StreamFilter, 'platforms' | 'accountIds'>

/** Somebody who calls, as their credentials say. */
export interface Principal {
  readonly name: string
  readonly role: Role
  readonly scope: Scope
}

export const EVERYTHING: Scope = Object.freeze({})

export function isAllowed({ role }: Principal, access: Access): boolean {
  return access === 'anyone' || ROLES.indexOf(role) >= ROLES.indexOf(access)
}

export function isEverything({ platforms, accountIds }: Scope): boolean {
  return platforms === undefined && accountIds === undefined
}

/** Whether a stream is within a scope. */
export function isInScope(
  { platforms, accountIds }: Scope,
  { platform, accountId }: Pick<Stream, 'platform' | 'accountId'>,
): boolean {
  return (platforms?.includes(platform) ?? true) && (accountIds?.includes(accountId) ?? true)
}

/** What a filter matches within a scope. */
export function narrowed(filter: StreamFilter, scope: Scope): StreamFilter {
  return {
    ...filter,
    platforms: both(filter.platforms, scope.platforms),
    accountIds: both(filter.accountIds, scope.accountIds),
  }
}

function both(asked: readonly string[] | undefined, allowed: readonly string[] | undefined) {
  return asked && allowed ? asked.filter((value) => allowed.includes(value)) : (asked ?? allowed)
}
