import type { PlatformAliases } from '../platform.ts'
import { foreignRows } from './foreign.ts'
import { ownRows } from './own.ts'
import type { ChatReading, Reading, Row } from './reading.ts'

/** All ways in which a chat may be written, those that say most first. Each of them is tried. */
export const SPELLINGS: readonly Row[] = [...ownRows, ...foreignRows]

export interface RowReading {
  readonly reading: Reading
  readonly isForeign: boolean
}

/** What a text may mean, in the order of the table. */
export function readingsOf(text: string, aliases: PlatformAliases): RowReading[] {
  return SPELLINGS.flatMap(({ read, isForeign }) => read(text, aliases).map((reading) => ({ reading, isForeign })))
}

/** The one chat that a text spells, whether it is known or not; undefined where it may be several, or says too little. */
export function spelledChat(text: string, aliases: PlatformAliases): ChatReading | undefined {
  for (const { read } of SPELLINGS) {
    const readings = read(text, aliases)
    const [first, ...others] = readings.filter(({ by }) => by === 'chat' || by === 'splits')
    if (first) return others.length === 0 && first.by === 'chat' ? first.chat : undefined
  }
  return undefined
}
