import { type Check, found, ok } from './check.ts'

/** Whether the store would take a write now. */
export const writes: Check = {
  name: 'writes',
  async run({ directory, store, flags, signal }) {
    const problem = await directory.writesRefused(signal)
    if (problem === undefined) return ok('the store takes writes')
    const command = store === undefined ? 'chatapi doctor --store URL' : `chatapi verify${flags}`
    return found('the store takes no writes', [{ problem, command }])
  },
}
