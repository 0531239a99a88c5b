import type { Attack } from './attack.ts'
import { KINDS } from './kinds/kinds.ts'
import type { Outcomes, Verdict } from './verdict.ts'

export interface KindCounts extends Outcomes {
  readonly kind: string
  connections: number
  requests: number
}

/** Counts what was tried and what came of it, for each kind of attack. */
export class Tally {
  readonly #kinds = new Map<string, KindCounts>(KINDS.map(({ name }) => [name, none(name)]))
  readonly #refusals = new Map<string, number>()
  #connections = 0

  add({ kind, requests }: Attack, { outcomes, refusals }: Verdict): void {
    const counts = this.#kinds.get(kind) ?? none(kind)
    this.#kinds.set(kind, counts)
    this.#connections += 1
    counts.connections += 1
    counts.requests += requests
    for (const outcome of ['answered', 'refused', 'reset', 'silent'] as const) counts[outcome] += outcomes[outcome]
    for (const refusal of refusals) this.#refusals.set(refusal, (this.#refusals.get(refusal) ?? 0) + 1)
  }

  get connections(): number {
    return this.#connections
  }

  get kinds(): readonly KindCounts[] {
    return [...this.#kinds.values()]
  }

  /** Most frequent first. */
  get refusals(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#refusals].sort(([, a], [, b]) => b - a))
  }
}

function none(kind: string): KindCounts {
  return { kind, connections: 0, requests: 0, answered: 0, refused: 0, reset: 0, silent: 0 }
}
