import { describe, expect, it } from 'vitest'
import { changeOf, type Mutant, scoreOf } from './mutant.ts'
import { compare, readKnownSurvivors } from './survivors.ts'

const source = ['function f(a: number) {', '  if (a < 1) return 2', '  return 3', '}'].join('\n')

function mutant(before: string, after: string, isFound: boolean, file = 'src/domain/a.ts'): Mutant {
  return { file, line: 1, before, after, isFound }
}

describe('a mutant', () => {
  it('is known by its line before and after', () => {
    const location = { start: { line: 2, column: 7 }, end: { line: 2, column: 12 } }
    expect(changeOf(source, location, 'false')).toEqual({
      before: 'if (a < 1) return 2',
      after: 'if (false) return 2',
    })
  })

  it('of several lines is known by the first and the last of them', () => {
    const location = { start: { line: 1, column: 23 }, end: { line: 4, column: 2 } }
    expect(changeOf(source, location, '{}')).toEqual({
      before: 'function f(a: number) { … }',
      after: 'function f(a: number) {}',
    })
  })

  it('counts for the score where a test found it', () => {
    expect(scoreOf([mutant('a', 'b', true), mutant('a', 'c', true), mutant('a', 'd', false)])).toBeCloseTo(66.67)
    expect(scoreOf([])).toBe(100)
  })
})

describe('survivors', () => {
  const known = {
    'src/domain/a.ts': [{ why: 'nothing depends on it', mutants: [{ before: 'a', after: 'b' }] }],
    'src/domain/b.ts': [{ why: 'nothing depends on it', mutants: [{ before: 'a', after: 'b' }] }],
    'src/rpc/a.ts': [{ why: 'nothing depends on it', mutants: [{ before: 'a', after: 'b' }] }],
  }

  it('are those that are not known, and those known that are no more, of the folder alone', () => {
    const mutants = [mutant('a', 'b', false), mutant('a', 'c', false), mutant('a', 'd', true)]
    expect(compare('src/domain', mutants, known)).toEqual({
      unknown: [mutants[1]],
      gone: [{ file: 'src/domain/b.ts', before: 'a', after: 'b' }],
    })
  })

  it('that are known have a reason each', () => {
    for (const entries of Object.values(readKnownSurvivors())) {
      for (const { why, mutants } of entries) {
        expect(why).not.toBe('')
        expect(mutants.length).toBeGreaterThan(0)
      }
    }
  })
})
