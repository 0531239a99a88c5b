import { expect, test } from 'vitest'
import { type AppliedChange, BeforeUnknownError, seenChange } from '../../../src/directory/watch/changes.ts'
import { predicateOf } from '../../../src/domain/filter.ts'
import { frames } from '../../../src/wire/frames.ts'
import { groupStream } from '../../support/streams.ts'

const framed = (platform: string) => {
  const stream = groupStream('1', { platform, streamId: 'id' })
  return { stream, frame: frames.encode(stream) }
}
const [matching, other] = [framed('qq'), framed('telegram')]
const isMatch = predicateOf({ platforms: ['qq'] })

function change(changes: Partial<AppliedChange>): AppliedChange {
  const none = { before: undefined, after: undefined, mergedInto: undefined }
  return { streamId: 'id', isBeforeKnown: true, position: 7, ...none, ...changes }
}

test.each([
  ['what comes to be', { after: matching }, 'opened'],
  ['what changes', { before: matching, after: matching }, 'updated'],
  ['what goes', { before: matching }, 'deleted'],
  ['what becomes part of another', { before: matching, mergedInto: 'other' }, 'merged'],
  ['what comes into the filter', { before: other, after: matching }, 'entered'],
  ['what leaves the filter', { before: matching, after: other }, 'left'],
  ['what was elsewhere and goes', { before: other }, undefined],
  ['what comes to be elsewhere', { after: other }, undefined],
  ['what changes, where what was is not known', { isBeforeKnown: false, after: matching }, 'updated'],
  ['what goes, where what was is not known', { isBeforeKnown: false }, 'deleted'],
  ['what is elsewhere, and perhaps was not', { isBeforeKnown: false, after: other }, 'left'],
])('a filter sees %s', (_what, changes, kind) => {
  expect(seenChange(change(changes), isMatch, true)?.kind).toBe(kind)
})

test('who may see a part is not told of a stream that was perhaps never theirs', () => {
  expect(() => seenChange(change({ isBeforeKnown: false }), isMatch, false)).toThrow(BeforeUnknownError)
  expect(seenChange(change({ isBeforeKnown: false, after: matching }), isMatch, false)?.kind).toBe('updated')
})

test('what was before is told only where it was seen', () => {
  expect(seenChange(change({ before: other, after: matching }), isMatch, true)?.previous).toBeUndefined()
  expect(seenChange(change({ before: matching, after: other }), isMatch, true)?.previous).toBe(matching.frame)
})
