/**
 * Leaves out what a fault does not need (delta debugging: "Simplifying and Isolating Failure-Inducing Input", 2002).
 *
 * @param isFaulty whether these items alone bring the fault about; all of them do
 * @param maxTries how often it may be asked
 */
export async function reduce<T>(
  items: readonly T[],
  isFaulty: (items: readonly T[]) => Promise<boolean>,
  maxTries: number,
): Promise<readonly T[]> {
  let rest = items
  let pieces = 2
  let tries = 0
  while (rest.length > 1) {
    const smaller = await firstFaulty(candidates(rest, pieces))
    if (smaller) {
      rest = smaller
      pieces = Math.max(2, Math.min(pieces - 1, rest.length))
    } else {
      if (pieces >= rest.length || tries >= maxTries) break
      pieces = Math.min(rest.length, 2 * pieces)
    }
  }
  return rest

  async function firstFaulty(all: Iterable<readonly T[]>): Promise<readonly T[] | undefined> {
    for (const candidate of all) {
      if (tries >= maxTries) return undefined
      tries += 1
      if (await isFaulty(candidate)) return candidate
    }
    return undefined
  }
}

/** Each piece alone, then all but each piece. */
function* candidates<T>(items: readonly T[], pieces: number): Generator<readonly T[]> {
  const bounds = Array.from({ length: pieces }, (_, index) => [
    Math.floor((index * items.length) / pieces),
    Math.floor(((index + 1) * items.length) / pieces),
  ])
  for (const [start, end] of bounds) yield items.slice(start, end)
  if (pieces > 2) for (const [start, end] of bounds) yield [...items.slice(0, start), ...items.slice(end)]
}
