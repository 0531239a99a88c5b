import { hash } from 'node:crypto'
import type { Identity } from './stream.ts'

/**
 * The id that the bot derives for a chat, or undefined where neither group nor user is recorded.
 *
 * The join is ambiguous (group `1_private` and private user `1` share an id), which is why an id alone never proves an
 * identity: see `sameIdentity`.
 */
export function deriveStreamId({ platform, accountId, scope, target }: Identity): string | undefined {
  if (!target) return undefined
  const parts = [platform]
  if (accountId !== '') parts.push(`account:${accountId}`)
  if (scope !== '') parts.push(`scope:${scope}`)
  parts.push(target.id)
  if (target.kind === 'private') parts.push('private')
  return hash('md5', parts.join('_'))
}
