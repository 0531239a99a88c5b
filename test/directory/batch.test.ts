import { describe, expect, it } from 'vitest'
import { Batch } from '../../src/directory/batch.ts'
import { EVERYTHING } from '../../src/domain/access.ts'
import { etagOf } from '../../src/domain/etag.ts'
import { groupStream } from '../support/streams.ts'

describe('a batch', () => {
  const stream = groupStream('1', { lastActiveTime: 5 })
  const activity = { platform: 'qq', groupInfo: stream.groupInfo!, activeTime: 9 }

  it('holds a stream as it was first read, whatever has become of it here', () => {
    const batch = new Batch(EVERYTHING)
    batch.hold(stream)
    expect(batch.apply(activity)).toEqual({ streamId: stream.streamId, outcome: 'updated' })
    batch.hold(stream)
    const changed = { ...stream, lastActiveTime: 9 }
    expect(batch.streams([stream.streamId])).toEqual([changed])
    expect(batch.mutations()).toEqual([{ kind: 'put', stream: changed, expect: etagOf(stream) }])
  })

  it('writes a stream that it made as one that must not exist, and one that it only read not at all', () => {
    const batch = new Batch(EVERYTHING)
    batch.hold(groupStream('2'))
    const { streamId, outcome } = batch.apply(activity)
    expect(outcome).toBe('created')
    expect(batch.mutations()).toMatchObject([{ kind: 'put', stream: { streamId }, expect: null }])
  })
})
