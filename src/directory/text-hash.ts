const OFFSET_BASIS = 0x811c9dc5
const PRIME = 0x01000193

/** FNV-1a over the code units of a text from `start` up to `end`: spreads keys, and is no digest. */
export function hashOfText(text: string, start: number, end: number, seed = 0): number {
  let hash = OFFSET_BASIS ^ seed
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ text.charCodeAt(index), PRIME)
  return hash
}
