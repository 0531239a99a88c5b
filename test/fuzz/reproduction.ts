import type { Attack, Step } from './attack.ts'
import { reduce } from './reduce.ts'
import { type FaultKind, faultOf, faultOfLookups, performAll, startTrial, type Trial } from './trial.ts'

/** Each try may take a fresh server. */
const MAX_TRIES_ATTACKS = 40
const MAX_TRIES_PARTS = 100
const MAX_TRIES_AGAIN = 5

/** A server that answers nothing for so long behind a few attacks hangs. */
const HANG_MS = 5_000

/** Something that a client sends or does, small enough to leave out. */
type Part = { readonly step: number; readonly bytes: Uint8Array } | { readonly step: number; readonly bytes?: never }

/** Finds the least that brings a fault about, by trying on servers of its own. */
export class Reproduction implements AsyncDisposable {
  readonly #kind: FaultKind
  #trial: Trial | undefined

  constructor(kind: FaultKind) {
    this.#kind = kind
  }

  /** Fewer and shorter attacks that do the same; undefined where these do not do it again. */
  async reduce(attacks: readonly Attack[]): Promise<readonly Attack[] | undefined> {
    if (!(await this.#isFaultyAtLast(attacks))) return undefined
    const needed = await reduce(attacks, (some) => this.#isFaulty(some), MAX_TRIES_ATTACKS)
    if (needed.length > 1) return needed
    const [attack] = needed as [Attack]
    const with_ = (parts: readonly Part[]) => rebuilt(attack, parts)
    const parts = await reduce(partsOf(attack), (some) => this.#isFaulty([with_(some)]), MAX_TRIES_PARTS)
    return [with_(parts)]
  }

  /** Some faults need luck. */
  async #isFaultyAtLast(attacks: readonly Attack[]): Promise<boolean> {
    for (let tries = 0; tries < MAX_TRIES_AGAIN; tries++) if (await this.#isFaulty(attacks)) return true
    return false
  }

  async #isFaulty(attacks: readonly Attack[]): Promise<boolean> {
    this.#trial ??= await startTrial()
    const { target } = this.#trial
    const verdicts = await performAll(attacks, target)
    const fault =
      (await faultOf(target)) ?? (this.#kind === 'lookup' ? await faultOfLookups(target, HANG_MS) : undefined)
    const isFaulty =
      this.#kind === 'answer' ? verdicts.some(({ fault }) => fault !== undefined) : fault?.kind === this.#kind
    if (fault) await this.#discard()
    return isFaulty
  }

  async #discard(): Promise<void> {
    await this.#trial?.target[Symbol.asyncDispose]()
    this.#trial = undefined
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#discard()
  }
}

function partsOf({ steps }: Attack): Part[] {
  return steps.flatMap((step, index): Part[] =>
    'send' in step ? step.send.map((bytes) => ({ step: index, bytes })) : [{ step: index }],
  )
}

function rebuilt(attack: Attack, parts: readonly Part[]): Attack {
  const steps = attack.steps.flatMap((step, index): Step[] => {
    const own = parts.filter((part) => part.step === index)
    if (own.length === 0) return []
    return 'send' in step ? [{ send: own.flatMap(({ bytes }) => bytes ?? []) }] : [step]
  })
  return { ...attack, steps }
}
