import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Table } from '../../src/directory/table.ts'
import type { Stream } from '../../src/domain/stream.ts'
import { frames } from '../../src/wire/frames.ts'
import { groupStream } from '../support/streams.ts'

type Step = { readonly put: number; readonly name: string } | { readonly remove: number } | { readonly read: number }

const id = fc.nat(30)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ put: id, name: fc.constantFrom('a', 'b', 'c') }),
  fc.record({ remove: id }),
  fc.record({ read: fc.integer({ min: 1, max: 5 }) }),
)

function streamOf(number: number, groupName: string): Stream {
  const stream = groupStream(`${number}`)
  return { ...stream, groupInfo: { ...stream.groupInfo!, groupName } }
}

test('a snapshot has what matched when it was made, whatever changes while it is read', () => {
  fc.assert(
    fc.property(fc.array(step), fc.array(step), fc.constantFrom(undefined, 'b'), (before, after, nameContains) => {
      const table = new Table(frames)
      let position = 0
      const positions = new Map<number, number>()
      const change = (one: Step) => {
        if ('put' in one) {
          const stream = streamOf(one.put, one.name)
          const at = positions.get(one.put) ?? ++position
          positions.set(one.put, at)
          table.put({ stream, streamId: stream.streamId, position: at })
        } else if ('remove' in one) {
          positions.delete(one.remove)
          table.delete(streamOf(one.remove, '').streamId)
        }
      }
      for (const one of before) change(one)

      const expected: string[] = []
      table.walk({ nameContains }, undefined, {
        room: Number.POSITIVE_INFINITY,
        take(frame, at) {
          expected.push(`${at} ${Buffer.from(frame).toString('hex')}`)
          return true
        },
      })
      const snapshot = table.snapshot({ nameContains })
      const seen: string[] = []
      const take = (frame: Uint8Array, at: number) => seen.push(`${at} ${Buffer.from(frame).toString('hex')}`)
      for (const one of after) {
        if ('read' in one) snapshot.read(one.read, take)
        else change(one)
      }
      while (snapshot.read(7, take));
      expect(seen).toEqual(expected)
    }),
    { numRuns: 500 },
  )
})
