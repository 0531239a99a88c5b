import type { Rounds } from './compare.ts'
import type { Findings } from './findings.ts'

/** How much a run does, and where its passing files go. */
export interface Bench {
  /** Only to see that it works. */
  readonly isQuick: boolean
  readonly rounds: Rounds
  readonly folder: string
}

export type Part = (bench: Bench) => Promise<Findings>

export const DIRECTORY_SIZE = 10_000
