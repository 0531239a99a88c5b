import { serverFacts } from '../../remote/facts.ts'
import { explain } from '../exit.ts'
import { type Check, counted, found, ok } from './check.ts'

/** Longer than it takes to follow a store that is there. */
const MAX_LAG_SECONDS = 10

/** Whether there is an answer at all, and from an up-to-date copy of the store. */
export const reachable: Check = {
  name: 'reachable',
  async run({ directory, store, flags, signal }) {
    try {
      const facts = await serverFacts(directory, signal)
      const what = `chatapi ${facts.version}, ${facts.store}, ${counted(facts.streams, 'stream')}`
      if (facts.lagSeconds <= MAX_LAG_SECONDS) return ok(what)
      const problem = `the store has not been followed for ${counted(facts.lagSeconds, 'second')}: what is answered may be as old`
      return found(what, [{ problem, command: `chatapi doctor --store ${facts.store}` }])
    } catch (error) {
      signal.throwIfAborted()
      const command = store === undefined ? 'chatapi serve' : `chatapi serve${flags}`
      return { ...found('there is no answer', [{ problem: explain(error), command }]), isOver: true }
    }
  },
}
