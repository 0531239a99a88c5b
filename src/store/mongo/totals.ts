import { ANY } from '../../domain/filter.ts'
import type { Totals } from '../store.ts'
import { fixTime, ofSnapshot, revisionOf, startSnapshotSession } from './cluster-time.ts'
import { formatCursor, justAfter } from './cursors.ts'
import { countStreams } from './reads.ts'
import type { SnapshotContext } from './snapshot.ts'

/** Counts the streams as of one cluster time: in the server, unless ids are not unique. */
export async function countTotals(context: SnapshotContext, signal: AbortSignal | undefined): Promise<Totals> {
  const { client, collection, adopted, notices } = context
  const session = startSnapshotSession(client)
  const frozen = ofSnapshot(client, collection)
  try {
    const time = await fixTime(frozen, session, signal)
    const reads = { collection: frozen, unique: adopted.unique, observer: notices, session, signal }
    return {
      revision: revisionOf(time),
      cursor: formatCursor(adopted.uuid, { kind: 'time', time: justAfter(time) }),
      counts: await countStreams(ANY, reads),
    }
  } finally {
    session.endSession().catch(() => {})
  }
}
