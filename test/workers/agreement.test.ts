import { describe, expect, it } from 'vitest'
import { Agreement, type Member } from '../../src/workers/agreement.ts'

/** Long enough that nobody waits for it. */
const NEVER_MS = 3_600_000

/** Workers by their ids, and what was said to them, one line each. */
function agreementOf(ids: readonly number[], lagMs = NEVER_MS) {
  const said: string[] = []
  const late = Promise.withResolvers<number>()
  const ended = Promise.withResolvers<number>()
  const agreement = new Agreement({
    lagMs,
    onLate: late.resolve,
    onCaughtUp: (id) => said.push(`${id} caught up`),
  })
  const memberOf = (id: number): Member => ({
    id,
    hold: (revision) => said.push(`${id} hold ${revision}`),
    fence: (revision) => said.push(`${id} fence ${revision}`),
    settled: (revision) => said.push(`${id} settled ${revision}`),
    end: () => ended.resolve(id),
  })
  const join = (id: number, held = 0n) => agreement.join(memberOf(id), held)
  for (const id of ids) join(id)
  /** What was said since the last look. */
  const heard = () => said.splice(0)
  return { agreement, heard, join, late: late.promise, ended: ended.promise }
}

describe('a write is told', () => {
  it('once every other worker holds it', () => {
    const { agreement, heard } = agreementOf([1, 2, 3])
    agreement.settle(1, 7n)
    expect(heard()).toEqual(['2 hold 7', '3 hold 7'])
    agreement.holds(3, 9n)
    expect(heard()).toEqual([])
    agreement.holds(2, 7n)
    expect(heard()).toEqual(['1 settled 7'])
  })

  it('at once where there is one worker', () => {
    const { agreement, heard } = agreementOf([1])
    agreement.settle(1, 7n)
    expect(heard()).toEqual(['1 settled 7'])
  })

  it('at once where all have said that they hold something later', () => {
    const { agreement, heard } = agreementOf([1, 2])
    agreement.settle(1, 7n)
    agreement.holds(2, 9n)
    heard()
    agreement.settle(1, 8n)
    expect(heard()).toEqual(['1 settled 8'])
  })

  it('with one question at a time to each, the next for the latest that is waited for', () => {
    const { agreement, heard } = agreementOf([1, 2, 3])
    agreement.settle(1, 7n)
    agreement.settle(2, 9n)
    expect(heard()).toEqual(['2 hold 7', '3 hold 7', '1 hold 9'])
    agreement.holds(3, 7n)
    expect(heard()).toEqual(['1 settled 7', '3 hold 9'])
    agreement.holds(3, 9n)
    agreement.holds(1, 9n)
    expect(heard()).toEqual(['2 settled 9'])
  })

  it('without one that has ended', () => {
    const { agreement, heard } = agreementOf([1, 2])
    agreement.settle(1, 7n)
    heard()
    agreement.leave(2)
    expect(heard()).toEqual(['1 settled 7'])
  })

  it('with one that comes meanwhile', () => {
    const { agreement, heard, join } = agreementOf([1, 2])
    agreement.settle(1, 7n)
    heard()
    expect(join(3, 6n)).toBe(7n)
    agreement.holds(2, 7n)
    // It answers nothing before it holds what it was told to.
    expect(heard()).toEqual(['1 settled 7'])
    agreement.settle(1, 8n)
    expect(heard()).toEqual(['2 hold 8', '3 hold 8'])
  })
})

describe('a worker that is late', () => {
  it('is no longer waited for once it answers nothing older, and comes back when it holds that', async () => {
    const { agreement, heard, late } = agreementOf([1, 2], 4)
    agreement.settle(1, 7n)
    expect(await late).toBe(2)
    expect(heard()).toEqual(['2 hold 7', '2 fence 7'])
    agreement.fenced(2, 7n)
    expect(heard()).toEqual(['1 settled 7'])
    expect(agreement.isLate(2)).toBe(true)
    agreement.settle(1, 9n)
    expect(heard()).toEqual(['2 fence 9'])
    agreement.fenced(2, 9n)
    expect(heard()).toEqual(['1 settled 9'])
    agreement.holds(2, 7n)
    expect(heard()).toEqual(['2 hold 9'])
    agreement.holds(2, 9n)
    expect(heard()).toEqual(['2 caught up'])
    expect(agreement.isLate(2)).toBe(false)
  })

  it('is ended where it does not answer at all, and no write is told before it has', async () => {
    const { agreement, heard, ended } = agreementOf([1, 2], 4)
    agreement.settle(1, 7n)
    expect(await ended).toBe(2)
    expect(heard()).toEqual(['2 hold 7', '2 fence 7'])
    agreement.leave(2)
    expect(heard()).toEqual(['1 settled 7'])
  })

  it('may be so for another reason, and is not once it answers', () => {
    const { agreement, heard } = agreementOf([1, 2])
    agreement.settle(1, 7n)
    agreement.holds(2, 7n)
    heard()
    agreement.suspect(2)
    expect(agreement.isLate(2)).toBe(true)
    expect(heard()).toEqual(['2 fence 7'])
    agreement.fenced(2, 7n)
    expect(heard()).toEqual(['2 caught up'])
    expect(agreement.isLate(2)).toBe(false)
  })
})
