// biome-ignore-all lint/suspicious/noControlCharactersInRegex: they are what is looked for
import { expect, it } from 'vitest'
import { pretty } from '../../src/cli/log.ts'

const time = new Date(2026, 0, 2, 3, 4, 5, 6).toISOString()

it('shows a line of the log to people as time, level, message and fields', () => {
  const line = JSON.stringify({ level: 'warn', time, streams: 3, name: 'a b', host: '[::1]:1', msg: 'slow' })
  expect(pretty(line)).toBe('03:04:05.006 WARN  slow streams=3 name="a b" host=[::1]:1\n')
})

it('keeps what a chat is called from breaking the line or drowning it', () => {
  const line = pretty(JSON.stringify({ level: 'info', time, name: 'a\nb', long: 'x'.repeat(1_000), msg: 'seen' }))
  expect(line).toMatch(/^03:04:05\.006 INFO {2}seen name="a\\nb" long=x{200}…\n$/)
})

it('shows the stack of an error below its line', () => {
  const err = { type: 'Error', message: 'no', stack: 'Error: no\n    at here' }
  expect(pretty(JSON.stringify({ level: 'error', time, err, msg: 'failed' }))).toBe(
    '03:04:05.006 ERROR failed\n  Error: no\n      at here\n',
  )
})

it('lets nothing of strangers steer the terminal', () => {
  const evil = '\x1b[2J\x7f\x9b\u202e\u2028x'
  const err = { stack: `Error: ${evil}\n    at here` }
  const line = pretty(
    JSON.stringify({ level: 'error', time, id: evil, at: { [evil]: evil }, [evil]: 1, err, msg: evil }),
  )
  const escaped = '\\u001b[2J\\u007f\\u009b\\u202e\\u2028x'
  expect(line).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]/)
  expect(line.startsWith(`03:04:05.006 ERROR ${escaped} id="${escaped}" `)).toBe(true)
  expect(line.endsWith(`\n  Error: ${escaped}\n      at here\n`)).toBe(true)
})
