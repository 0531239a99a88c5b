import { describe, expect, it } from 'vitest'
import { Dictionary } from '../../src/directory/dictionary.ts'

describe('the dictionary', () => {
  it('has one number for a text, however often it is taken', () => {
    const texts = new Dictionary()
    const [a, b] = [texts.take('a'), texts.take('b')]
    expect(texts.take('a')).toBe(a)
    expect(b).not.toBe(a)
    expect([a, b].map((number) => texts.textOf(number))).toEqual(['a', 'b'])
  })

  it('keeps a text until it is released as often as it was taken, and then gives its number to the next', () => {
    const texts = new Dictionary()
    const a = texts.take('a')
    texts.take('b')
    texts.take('a')
    texts.release(a)
    expect([texts.textOf(a), texts.take('a')]).toEqual(['a', a])
    texts.release(a)
    texts.release(a)
    expect(texts.textOf(a)).toBe('')
    expect(texts.take('c')).toBe(a)
    expect(texts.textOf(a)).toBe('c')
    expect(texts.take('a')).not.toBe(a)
  })
})
