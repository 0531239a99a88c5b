/**
 * A point in the history of a store. Later commits have larger revisions; what a revision counts is the engine's affair,
 * so revisions of two stores do not compare.
 */
export type Revision = bigint

const MAX_REVISION = 2n ** 64n - 1n

/** Reads the text form, or returns undefined where the text is none. */
export function parseRevision(text: string): Revision | undefined {
  if (!/^[0-9]{1,20}$/.test(text)) return undefined
  const revision = BigInt(text)
  return revision <= MAX_REVISION ? revision : undefined
}

export function formatRevision(revision: Revision): string {
  return revision.toString()
}

export function laterOf(a: Revision, b: Revision): Revision {
  return b > a ? b : a
}
