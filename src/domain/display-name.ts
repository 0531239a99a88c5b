import { deriveStreamId, describeIdentity, escaped, identityOf } from './identity.ts'
import { leadingName } from './names.ts'
import type { Stream } from './stream.ts'

/** Longest name, in characters, that a display name shows whole. */
const SHOWN_NAME_LENGTH = 60

/**
 * A name for people, unique among all streams: the name that people gave it, else the one of the group or user where there
 * is one, then the identity in parentheses.
 *
 * It depends on nothing but the stream, so it needs no look at the others. A stream whose id is not the one derived from
 * its identity shares that identity with the stream that has the derived id; its own id keeps the two apart.
 */
export function displayName(stream: Stream): string {
  const identity = identityOf(stream)
  let key = describeIdentity(identity)
  if (deriveStreamId(identity) !== stream.streamId) key += `, stream ${escaped(stream.streamId)}`
  const name = leadingName(stream)
  return name ? `${shortened(name)} (${key})` : key
}

function shortened(name: string): string {
  if (name.length <= SHOWN_NAME_LENGTH) return name
  const characters = Array.from(name)
  return characters.length <= SHOWN_NAME_LENGTH ? name : `${characters.slice(0, SHOWN_NAME_LENGTH - 1).join('')}…`
}
