import { describe, expect, test } from 'vitest'
import { ChatApiError } from '../../src/domain/errors.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { recordedLog } from '../support/log.ts'
import { Kinds } from './kinds.ts'
import { clientOf, LISTENERS, start, WIRES } from './wires.ts'

/** What the server calls a request: of this process, and no other of its requests. */
const MADE = /^[0-9a-f]{12}-[0-9a-z]+$/

const services = [
  bind(Kinds, {
    unary({ text }) {
      if (text === 'refused') throw new ChatApiError('STREAM_NOT_FOUND', 'there is none')
      if (text === 'broken') throw new Error('a defect')
      return {}
    },
  }),
]

describe.each(WIRES)('$name', (wire) => {
  /** The id in the answer, in the head or, where nothing else was sent, in what ends it. */
  async function idOf(url: string, text: string, given?: string): Promise<string | null> {
    let id: string | null = null
    const headers = given === undefined ? {} : { 'x-request-id': given }
    const note = (fields: Headers) => {
      id = fields.get('x-request-id') ?? id
    }
    await clientOf(Kinds, wire, url)
      .unary({ text }, { headers, onHeader: note, onTrailer: note })
      .catch(({ metadata }) => note(metadata))
    return id
  }

  test('an answer carries the id of its request, or one that the server makes', async () => {
    const { url } = await start(wire.listener, services)
    for (const text of ['', 'refused', 'broken']) {
      expect(await idOf(url, text, 'my request: 7')).toBe('my request: 7')
      expect(await idOf(url, text)).toMatch(MADE)
    }
  })

  test('no id is taken that a log could not show', async () => {
    const { url } = await start(wire.listener, services)
    expect(await idOf(url, '', 'x'.repeat(128))).toBe('x'.repeat(128))
    expect(await idOf(url, '', 'x'.repeat(129))).toMatch(MADE)
    expect(await idOf(url, '', 'caf\u00e9')).toMatch(MADE)
  })

  test('the log has it, for a call as for a failure of the server itself', async () => {
    const { log, lines } = recordedLog({ level: 'debug' })
    const { url } = await start(wire.listener, services, { log })
    await idOf(url, 'broken', 'the id')
    const errors = lines.filter(({ request_id }) => request_id === 'the id')
    expect(errors.map(({ msg }) => msg)).toEqual(['a call failed for an unknown reason', 'call'])
  })
})

test.each(LISTENERS)('the %s listener makes no id twice', async (listener) => {
  const { url } = await start(listener, services)
  const wire = WIRES.find((each) => each.listener === listener && each.httpVersion === '2')!
  const client = clientOf(Kinds, wire, url)
  const ids = new Set<string | null>()
  const call = () => client.unary({}, { onHeader: (fields) => ids.add(fields.get('x-request-id')) })
  await Promise.all(Array.from({ length: 100 }, call))
  expect(ids.size).toBe(100)
})

test('a page carries it, too', async () => {
  const { url } = await start('http', services)
  const { headers } = await fetch(`${url}/healthz`, { headers: { 'x-request-id': 'mine' } })
  expect(headers.get('x-request-id')).toBe('mine')
})
