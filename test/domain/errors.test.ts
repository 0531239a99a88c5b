import { describe, expect, it } from 'vitest'
import { ChatApiError, invalidFields, streamNotFound, within } from '../../src/domain/errors.ts'

describe('a failure of fields', () => {
  const failure = invalidFields([
    { field: 'platform', description: 'must be set' },
    { field: '', description: 'must be a message' },
  ])

  it('repeats each of them in its message, a field without a name by its description alone', () => {
    expect(failure).toMatchObject({
      reason: 'INVALID_FIELD',
      message: 'platform: must be set; must be a message',
      violations: [{ field: 'platform' }, { field: '' }],
    })
  })

  it('within a part of the request names the fields by their whole path', () => {
    const cause = new Error('why')
    const violations = [{ field: 'platform', description: 'must be set' }]
    const inner = new ChatApiError('INVALID_FIELD', 'platform: must be set', {
      metadata: { a: 'b' },
      violations,
      cause,
    })
    const outer = within('activities[3]', inner)
    expect(outer).toMatchObject({ reason: 'INVALID_FIELD', message: 'activities[3].platform: must be set', cause })
    expect(outer.violations).toEqual([{ field: 'activities[3].platform', description: 'must be set' }])
    expect(outer.metadata).toEqual({ a: 'b' })
  })
})

describe('a failure of no field', () => {
  it('is the same within a part of the request', () => {
    const failure = streamNotFound('a "b"')
    expect(within('activities[3]', failure)).toBe(failure)
  })

  it('names what it is about, and has a cause only where there is one', () => {
    const failure = streamNotFound('a "b"')
    expect(failure).toMatchObject({ reason: 'STREAM_NOT_FOUND', message: 'no stream has the id "a \\"b\\""' })
    expect(failure.metadata).toEqual({ stream_id: 'a "b"' })
    expect('cause' in failure).toBe(false)
  })
})
