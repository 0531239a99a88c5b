import { EVERYTHING, isEverything, isInScope, type Scope } from '../domain/access.ts'
import { ChatApiError } from '../domain/errors.ts'
import type { Snapshot, StoredStream, StoreFeed } from '../store/store.ts'

/** Each holds a state of the store, and with SQLite the WAL grows meanwhile. */
const MAX_EXPORTS = 4
/** For so long MongoDB keeps the state of a moment. */
const MAX_EXPORT_MS = 300_000
const RETRY_MS = 5_000

/** An export that is under way until it is disposed of. */
export interface Export extends Disposable {
  /** The streams of the scope, as of one moment. Once the time is up, reading on throws OVERLOADED. */
  snapshot(): Promise<Pick<Snapshot, 'directoryId' | 'revision' | 'batches'>>
}

/** How the streams of one moment are given out, to a few at a time. */
export class Exports {
  readonly #store: Pick<StoreFeed, 'snapshot'>
  readonly #scope: Scope
  readonly #underWay: Set<Export>

  /** @param underWay those of all scopes */
  constructor(store: Pick<StoreFeed, 'snapshot'>, scope: Scope = EVERYTHING, underWay: Set<Export> = new Set()) {
    this.#store = store
    this.#scope = scope
    this.#underWay = underWay
  }

  /** The same for those who may see a part. */
  within(scope: Scope): Exports {
    return new Exports(this.#store, scope, this.#underWay)
  }

  /** Throws OVERLOADED where too many are under way. */
  begin(signal: AbortSignal, maxMs = MAX_EXPORT_MS): Export {
    if (this.#underWay.size >= MAX_EXPORTS) {
      const message = `${MAX_EXPORTS} exports are under way, and no more are at a time; try again later`
      throw new ChatApiError('OVERLOADED', message, { retryAfterMs: RETRY_MS })
    }
    const ending = new AbortController()
    const timer = setTimeout(() => ending.abort(tooSlow(maxMs)), maxMs).unref()
    const ended = AbortSignal.any([signal, ending.signal])
    const underWay = this.#underWay
    const begun: Export = {
      snapshot: async () => {
        const snapshot = await this.#store.snapshot({ signal: ended })
        return isEverything(this.#scope) ? snapshot : { ...snapshot, batches: narrowed(snapshot.batches, this.#scope) }
      },
      [Symbol.dispose]() {
        clearTimeout(timer)
        underWay.delete(begun)
        ending.abort()
      },
    }
    underWay.add(begun)
    return begun
  }
}

async function* narrowed(batches: AsyncIterable<StoredStream[]>, scope: Scope): AsyncGenerator<StoredStream[]> {
  for await (const batch of batches) {
    const visible = batch.filter(({ stream }) => isInScope(scope, stream))
    if (visible.length > 0) yield visible
  }
}

function tooSlow(maxMs: number): ChatApiError {
  return new ChatApiError('OVERLOADED', `the export was not read to its end within ${maxMs / 1_000} s`, {
    retryAfterMs: RETRY_MS,
  })
}
