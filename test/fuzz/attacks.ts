import fc, { type Arbitrary } from 'fast-check'
import type { Attack, Door } from './attack.ts'
import { KINDS } from './kinds/kinds.ts'

/** As many are made at once; a few, since a large one takes a while and others wait. */
const BATCH = 20
/** Spreads the numbers of batches over all seeds that there are. */
const SPREAD = 0x9e3779b1

/** The attacks of one seed on one door, each always the same. */
export class Attacks {
  readonly #arbitrary: Arbitrary<Attack>
  readonly #seed: number
  #batch: readonly Attack[] = []
  #number = -1
  #taken = BATCH

  constructor(seed: number, door: Door, pageTokens: readonly string[]) {
    const arbitraries = KINDS.map(({ name: kind, weight, scripts }) => ({
      weight,
      arbitrary: scripts({ door, pageTokens }).map((script): Attack => ({ ...script, kind, door })),
    }))
    this.#arbitrary = fc.oneof(...arbitraries)
    this.#seed = seed
  }

  next(): Attack {
    if (this.#taken === BATCH) {
      this.#number += 1
      this.#taken = 0
      const seed = (this.#seed + Math.imul(this.#number, SPREAD)) | 0
      this.#batch = fc.sample(this.#arbitrary, { seed, numRuns: BATCH })
    }
    const attack = this.#batch[this.#taken]!
    this.#taken += 1
    return attack
  }
}
