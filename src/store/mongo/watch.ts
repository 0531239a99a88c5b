import { setTimeout as sleep } from 'node:timers/promises'
import type { Document, Timestamp } from 'mongodb'
import type { Revision } from '../../domain/revision.ts'
import { type CommitEvent, type Cursor, CursorExpiredError } from '../store.ts'
import { type ChangeContext, changesOf } from './changes.ts'
import { revisionOf, timeOfToken } from './cluster-time.ts'
import { formatCursor, parseCursor, type Start } from './cursors.ts'
import { isCursorLost, isUnavailable } from './errors.ts'
import { type Batch, Feed } from './feed.ts'

export interface WatchContext extends ChangeContext {
  readonly database: string
  /** Whether events of one revision can come without a mark of their transaction. */
  readonly groupsInserts: boolean
}

/** How long the server holds back its answer for want of events; so often does an idle watch tell of its revision. */
const AWAIT_MS = 1_000

/** What is left of a transaction comes at once. */
const REST_MS = 1

/** Interruptions up to this long are not told: longer than an election with the server's own settings. */
const MAX_INTERRUPTION_MS = 20_000

const RETRY_MS = 100

/** Events after which the collection is another one, or none. */
const ENDINGS = ['drop', 'rename', 'dropDatabase', 'invalidate']

/** The commits after the cursor. Reopens where it stopped when a server is lost, and throws when none comes instead. */
export async function* watchCommits(
  after: Cursor,
  context: WatchContext,
  signal: AbortSignal,
): AsyncGenerator<CommitEvent> {
  const { uuid } = context.adopted()
  let start = parseCursor(after, uuid)
  let told: Revision = -1n
  let lastAnswer = performance.now()
  const answered = () => {
    lastAnswer = performance.now()
  }
  for (;;) {
    let feed: Feed | undefined
    try {
      feed = await Feed.open(context.client, context.database, start, signal)
      for await (const group of groups(feed, context.groupsInserts, signal, answered)) {
        const revision = revisionOf(group.time)
        const changes = group.events.length > 0 ? await changesOf(group.events, context) : []
        if (group.events.length === 0 && revision <= told) continue
        start = { kind: 'token', token: group.token }
        told = revision
        yield { revision, cursor: formatCursor(uuid, start), changes }
        answered()
      }
    } catch (error) {
      if (signal.aborted) throw error
      if (isCursorLost(error)) throw expired(error, start)
      if (!isUnavailable(error) || performance.now() - lastAnswer > MAX_INTERRUPTION_MS) throw error
      await sleep(RETRY_MS, undefined, { signal })
    } finally {
      feed?.abandon()
    }
  }
}

/** The events of one cluster time; none, where the log went on without one. */
interface Group {
  readonly time: Timestamp
  readonly events: Document[]
  token: string
}

/**
 * All events of a transaction share one cluster time. A batch can end in the middle of them, so the last group waits for
 * the next batch where there can be more of it.
 */
async function* groups(
  feed: Feed,
  groupsInserts: boolean,
  signal: AbortSignal,
  answered: () => void,
): AsyncGenerator<Group> {
  const began = feed.first.token
  let open: Group | undefined
  for (let batch: Batch = feed.first; ; batch = await feed.next(open ? REST_MS : AWAIT_MS, signal)) {
    answered()
    for (const event of batch.events) {
      if (ENDINGS.includes(event.operationType)) {
        if (open) yield open
        throw new CursorExpiredError(`the collection is gone: ${event.operationType}`)
      }
      const time = event.clusterTime as Timestamp
      const token = event._id._data as string
      if (open?.time.equals(time)) {
        open.events.push(event)
        open.token = token
        continue
      }
      if (open) yield open
      open = { time, events: [event], token }
    }
    const last = batch.events.at(-1)
    if (open && (!last || (last.txnNumber === undefined && !groupsInserts))) {
      yield open
      open = undefined
    }
    if (!last) {
      // At the beginning the token is no more than what was asked for, which may lie in the future.
      const time = batch.token === began ? undefined : timeOfToken(batch.token)
      if (time) yield { time, events: [], token: batch.token }
    }
  }
}

function expired(error: unknown, start: Start): CursorExpiredError {
  const from = start.kind === 'token' ? 'the last event' : 'the snapshot'
  return new CursorExpiredError(`the log of MongoDB no longer reaches back to ${from}`, { cause: error })
}
