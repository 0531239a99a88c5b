import { inspectStore } from '../../store/open.ts'
import { type Check, found, ok } from './check.ts'

/** Whether the database has what it needs: indexes, a replica set, the right time. Only where the store is opened itself. */
export const database: Check = {
  name: 'database',
  async run({ store, flags, signal }) {
    if (store === undefined) {
      return { status: 'skipped', message: 'only with --store', findings: [] }
    }
    const problems = await inspectStore(store, signal)
    if (problems.length === 0) return ok('it has what it needs')
    return found(
      'it lacks something',
      problems.map(({ problem, command }) => ({ problem, command: command ?? `chatapi serve${flags}` })),
    )
  },
}
