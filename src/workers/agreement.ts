import { laterOf, type Revision } from '../domain/revision.ts'
import { Countdown } from './countdown.ts'

/** A worker, as far as it shows what was written. */
export interface Member {
  readonly id: number
  /** Is to answer by `holds` once it holds the revision. */
  hold(revision: Revision): void
  /** Is to answer by `fenced` at once, and from then on nothing of before the revision to anybody else. */
  fence(revision: Revision): void
  settled(revision: Revision): void
  /** Ends it at once: it does not even answer, so that nobody knows what it would answer to others. */
  end(): void
}

export interface AgreementOptions {
  /** How long a worker may take to an answer. */
  readonly lagMs: number
  /** Called when a worker has taken too long, and when it has caught up. */
  readonly onLate: (id: number) => void
  readonly onCaughtUp: (id: number) => void
}

interface Standing {
  readonly member: Member
  held: Revision
  /** Nothing older is answered. */
  fenced: Revision
  isLate: boolean
  /** Whether it is to say that it holds something, and how long it may take where it is not late. */
  isAsked: boolean
  holding?: Countdown | undefined
  fencing?: Countdown | undefined
  /** What its callers wait for. */
  settling?: Revision | undefined
}

const NOTHING: Revision = -1n

/**
 * When every worker shows a write, so that its caller may be told: whichever of them another connection meets, it does not
 * answer from before.
 *
 * A worker shows a revision when its view holds it. One that takes too long is late: it is no longer waited for, but has to
 * confirm that it answers nothing older. One that does not even confirm is ended.
 */
export class Agreement {
  readonly #options: AgreementOptions
  readonly #standings = new Map<number, Standing>()
  /** The latest revision that callers were told, or wait to be told, that everybody shows. */
  #latest = NOTHING

  constructor(options: AgreementOptions) {
    this.#options = options
  }

  /** From now on others wait for this worker, too. Returns what it must hold before it answers. */
  join(member: Member, held: Revision): Revision {
    const least = this.#latest
    this.#standings.set(member.id, { member, held, fenced: least, isLate: false, isAsked: false })
    this.#advance()
    return least
  }

  leave(id: number): void {
    const standing = this.#standings.get(id)
    standing?.holding?.stop()
    standing?.fencing?.stop()
    this.#standings.delete(id)
    this.#advance()
  }

  isLate(id: number): boolean {
    return this.#standings.get(id)?.isLate ?? false
  }

  /** Tells the worker once all show the revision, which it holds itself. */
  settle(id: number, revision: Revision): void {
    const standing = this.#standings.get(id)
    if (!standing) return
    standing.held = laterOf(standing.held, revision)
    standing.settling = revision
    this.#latest = laterOf(this.#latest, revision)
    this.#advance()
  }

  holds(id: number, revision: Revision): void {
    const standing = this.#standings.get(id)
    if (!standing) return
    standing.holding?.stop()
    standing.holding = undefined
    standing.isAsked = false
    standing.held = laterOf(standing.held, revision)
    this.#lookAtLate(standing)
    this.#advance()
  }

  fenced(id: number, revision: Revision): void {
    const standing = this.#standings.get(id)
    if (!standing) return
    standing.fencing?.stop()
    standing.fencing = undefined
    standing.fenced = laterOf(standing.fenced, revision)
    this.#lookAtLate(standing)
    this.#advance()
  }

  /** The worker took too long to something else: until it answers, it is late. */
  suspect(id: number): void {
    const standing = this.#standings.get(id)
    if (standing && !standing.isLate) this.#noteLate(standing)
  }

  #advance(): void {
    const standings = [...this.#standings.values()]
    let wanted = NOTHING
    for (const standing of standings) {
      const { settling, member } = standing
      if (settling === undefined) continue
      if (standings.every((each) => shownBy(each) >= settling)) {
        standing.settling = undefined
        member.settled(settling)
      } else {
        wanted = laterOf(wanted, settling)
      }
    }
    for (const standing of standings) {
      if (shownBy(standing) >= wanted) continue
      if (standing.isLate) this.#fence(standing, wanted)
      else this.#hold(standing, wanted)
    }
  }

  #hold(standing: Standing, revision: Revision): void {
    if (standing.isAsked) return
    standing.isAsked = true
    standing.holding = new Countdown(this.#options.lagMs, () => this.#noteLate(standing))
    standing.member.hold(revision)
  }

  #fence(standing: Standing, revision: Revision): void {
    if (standing.fencing) return
    standing.fencing = new Countdown(this.#options.lagMs, () => standing.member.end())
    standing.member.fence(revision)
  }

  #noteLate(standing: Standing): void {
    standing.isLate = true
    this.#options.onLate(standing.member.id)
    this.#fence(standing, this.#latest)
  }

  /** One that is late comes back once it holds all that it has to answer from. */
  #lookAtLate(standing: Standing): void {
    const { isLate, fencing, isAsked, held, fenced, member } = standing
    if (!isLate || fencing || isAsked) return
    if (held >= fenced) {
      standing.isLate = false
      this.#options.onCaughtUp(member.id)
    } else {
      standing.isAsked = true
      member.hold(fenced)
    }
  }
}

/** No answer of it is older. */
function shownBy({ held, fenced }: Standing): Revision {
  return laterOf(held, fenced)
}
