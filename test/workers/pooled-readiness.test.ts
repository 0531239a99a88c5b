import { expect, it } from 'vitest'
import { STARTING } from '../../src/directory/readiness.ts'
import { pooledReadiness } from '../../src/workers/pooled-readiness.ts'

const SERVING = { isServing: true, takesWrites: true }
const READING = { isServing: true, takesWrites: false, reason: 'the disk is full' }

it.each([
  ['is starting where there is none', [], STARTING],
  ['serves where all do', [SERVING, SERVING], SERVING],
  ['takes no writes where one takes none, for its reason', [SERVING, READING], READING],
  ['serves nothing where one does not, for its reason', [READING, STARTING], STARTING],
])('a server of workers %s', (_what, all, pooled) => {
  expect(pooledReadiness(all)).toEqual(pooled)
})
