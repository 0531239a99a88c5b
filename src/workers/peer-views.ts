import { Waiters } from '../directory/waiters.ts'
import { ChatApiError } from '../domain/errors.ts'
import { laterOf, type Revision } from '../domain/revision.ts'
import type { ReadOptions } from '../store/store.ts'
import type { ToSupervisor } from './messages.ts'

/** What this worker itself shows. */
export interface OwnView {
  readonly revision: Revision
  /** The revision of the last change that it has seen come. */
  readonly changedAt: Revision
  waitFor(revision: Revision, options?: ReadOptions): Promise<void>
}

const NOTHING: Revision = -1n
const JOINING_RETRY_MS = 100

/** A worker's part in the agreement on what all workers show: see agreement.ts. */
export class PeerViews {
  readonly #view: OwnView
  readonly #say: (message: ToSupervisor) => void
  readonly #look: () => void
  readonly #joined = Promise.withResolvers<void>()
  readonly #waiters = new Waiters()
  /** Nothing older may be answered; undefined until that is known. */
  #least: Revision | undefined
  /** What all workers show, as far as it is known. */
  #settled = NOTHING
  #wanted = NOTHING
  #isAsking = false

  /** @param look has the view look for commits of others at once */
  constructor(view: OwnView, say: (message: ToSupervisor) => void, look: () => void) {
    this.#view = view
    this.#say = say
    this.#look = look
  }

  /** Returns once others wait for this view. To be called once it is loaded. */
  join(): Promise<void> {
    this.#say({ kind: 'join', revision: this.#view.revision })
    return this.#joined.promise
  }

  joined(least: Revision): void {
    this.#least = least
    this.#joined.resolve()
  }

  /** Throws the ChatApiError that says why there is no answer yet. */
  assertReady(): void {
    if (this.#least !== undefined) return
    throw new ChatApiError('DIRECTORY_LOADING', 'the directory is loaded, and not served yet', {
      retryAfterMs: JOINING_RETRY_MS,
    })
  }

  /** What has to be waited for before anything is answered; undefined where it is there. */
  get missing(): Revision | undefined {
    return this.#least !== undefined && this.#least > this.#view.revision ? this.#least : undefined
  }

  /** Returns once every worker shows a revision that this one holds; throws REVISION_NOT_REACHED after a bounded wait. */
  async waitFor(revision: Revision, options?: ReadOptions): Promise<void> {
    this.#wanted = laterOf(this.#wanted, revision)
    this.#ask()
    await this.#waiters.wait(() => revision <= this.#settled, `revision ${revision} on all its workers`, options ?? {})
  }

  /** The same for what was found to be there already, by a look at the store as of `seen`, and is held here. */
  waitForHeld(seen: Revision, options?: ReadOptions): Promise<void> {
    // It came with the last change at the latest. Later revisions are of nothing, and may be slow to reach the others.
    const { changedAt } = this.#view
    return this.waitFor(seen < changedAt ? seen : changedAt, options)
  }

  settled(revision: Revision): void {
    this.#isAsking = false
    this.#settled = laterOf(this.#settled, revision)
    this.#waiters.check()
    this.#ask()
  }

  async hold(revision: Revision): Promise<void> {
    this.#look()
    while (this.#view.revision < revision) await this.#view.waitFor(revision).catch(ignoreLateness)
    this.#say({ kind: 'holds', revision: this.#view.revision })
  }

  fence(revision: Revision): void {
    this.#least = laterOf(this.#least ?? NOTHING, revision)
    this.#say({ kind: 'fenced', revision })
  }

  #ask(): void {
    if (this.#isAsking || this.#wanted <= this.#settled) return
    this.#isAsking = true
    this.#say({ kind: 'settle', revision: this.#wanted })
  }
}

/** A call waits so long and no longer; whoever asked here goes on to wait. */
function ignoreLateness(error: unknown): void {
  if (!(error instanceof ChatApiError)) throw error
}
