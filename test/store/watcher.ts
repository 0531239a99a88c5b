import type { Revision } from '../../src/domain/revision.ts'
import type { Change, CommitEvent, Cursor, Store } from '../../src/store/store.ts'

/**
 * Reads a watch in the background and holds it to what every watch promises: revisions rise, also past events without
 * changes; no event tells of a stream twice.
 */
export class Watcher {
  readonly events: CommitEvent[] = []
  /** What the watch threw in the end. */
  readonly failure: Promise<unknown>
  readonly #stopped = new AbortController()
  #wake = () => {}

  constructor(store: Store, after: Cursor) {
    this.failure = this.#read(store, after).then(
      () => new Error('the watch returned'),
      (error) => error,
    )
  }

  /** What was told, in order. */
  get changes(): Change[] {
    return this.events.flatMap((event) => event.changes)
  }

  /** The events that tell of changes. */
  get commits(): CommitEvent[] {
    return this.events.filter((event) => event.changes.length > 0)
  }

  get revision(): Revision {
    return this.events.at(-1)?.revision ?? -1n
  }

  /** Returns once everything up to the revision of a commit has been told. */
  untilRevision(revision: Revision): Promise<void> {
    return this.until(() => this.revision >= revision)
  }

  /** Returns as soon as the condition holds; throws what the watch throws before that. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const woken = new Promise<undefined>((resolve) => {
        this.#wake = () => resolve(undefined)
      })
      const failure = await Promise.race([woken, this.failure])
      if (failure !== undefined && !condition()) throw failure
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new Error('stopped'))
    await this.failure
  }

  async #read(store: Store, after: Cursor): Promise<void> {
    for await (const event of store.watch(after, { signal: this.#stopped.signal })) {
      this.#check(event)
      this.events.push(event)
      this.#wake()
    }
  }

  #check({ revision, changes }: CommitEvent): void {
    const rises = changes.length > 0 ? revision > this.revision : revision >= this.revision
    if (!rises) throw new Error(`revision ${revision} follows ${this.revision}`)
    const ids = new Set(changes.map(({ streamId }) => streamId))
    if (ids.size < changes.length) throw new Error(`an event tells of one stream twice: ${[...ids].join(', ')}`)
  }
}

/** The cursor from which a watch tells of everything that is committed from now on. */
export async function cursorNow(store: Store): Promise<Cursor> {
  const { cursor, batches } = await store.snapshot()
  for await (const _ of batches) break
  return cursor
}
