import { watchRefused } from '../../remote/facts.ts'
import { type Check, found, ok } from './check.ts'

/** Whether there is a copy in memory that tells what changes, which takes a replica set of MongoDB. */
export const watching: Check = {
  name: 'watching',
  async run({ directory, signal }) {
    const problem = await watchRefused(directory, signal)
    if (problem === undefined) return ok('changes can be watched')
    const command = `mongod --replSet rs0, then once: mongosh --eval 'rs.initiate()'`
    return found('nothing can be watched, and names cannot be looked for', [{ problem, command }])
  },
}
