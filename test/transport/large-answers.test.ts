import { describe, expect, test } from 'vitest'
import { LargeAnswers } from '../../src/transport/large-answers.ts'

const MIB = 1024 * 1024

/** What was sent by the end of each turn of the event loop, up to the last answer. */
async function turnsOf(sizes: readonly number[]): Promise<string[][]> {
  const answers = new LargeAnswers()
  const turns: string[][] = [[]]
  sizes.forEach((bytes, index) => {
    answers.send(bytes, () => turns.at(-1)!.push(`${index}: ${bytes / MIB} MiB`))
  })
  while (turns.flat().length < sizes.length) {
    turns.push([])
    await new Promise(setImmediate)
  }
  return turns
}

describe('large answers', () => {
  test('leave in order, no more than two MiB and what is begun in a turn', async () => {
    const sizes = [1.5, 1.5, 1, 1, 1].map((mib) => mib * MIB)
    expect(await turnsOf(sizes)).toEqual([[], ['0: 1.5 MiB', '1: 1.5 MiB'], ['2: 1 MiB', '3: 1 MiB'], ['4: 1 MiB']])
  })

  test('leave one in a turn, however large', async () => {
    expect(await turnsOf([64 * MIB, 64 * MIB])).toEqual([[], ['0: 64 MiB'], ['1: 64 MiB']])
  })

  test('let small ones by', async () => {
    expect(await turnsOf([MIB, 100, MIB, 64 * 1024 - 1])).toEqual([
      [`1: ${100 / MIB} MiB`, `3: ${(64 * 1024 - 1) / MIB} MiB`],
      ['0: 1 MiB', '2: 1 MiB'],
    ])
  })

  test('are refused while the first that waits has waited for long', () => {
    let now = 0
    const answers = new LargeAnswers(() => now)
    answers.send(MIB, () => {})
    now = 250
    answers.assertRoom(MIB)
    now = 251
    answers.assertRoom(100)
    expect(() => answers.assertRoom(MIB)).toThrow(
      expect.objectContaining({ reason: 'OVERLOADED', retryAfterMs: 1_000 }),
    )
  })

  test('leave as well when they come after others have left', async () => {
    const answers = new LargeAnswers()
    for (let time = 0; time < 3; time++) {
      await new Promise<void>((resolve) => answers.send(MIB, resolve))
    }
    expect(await turnsOf([MIB])).toEqual([[], ['0: 1 MiB']])
  })
})
