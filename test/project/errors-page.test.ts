import { readFileSync } from 'node:fs'
import { Code } from '@connectrpc/connect'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { ErrorReasonSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { ChatApiError, type Reason } from '../../src/domain/errors.ts'
import { toConnectError } from '../../src/wire/errors.ts'

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
/** Reason, code, meaning, what the caller and what the operator does. */
const rows = Array.from(page.matchAll(/^\| `([A-Z_]+)` \|(.*)\|$/gm), ([, reason, rest]) => [
  reason!,
  ...rest!.split('|').map((cell) => cell.trim()),
])

it('docs/errors.md has every reason of the contract once, and no other', () => {
  const reasons = ErrorReasonSchema.values.slice(1).map(({ name }) => name.replace('ERROR_REASON_', ''))
  expect(rows.map(([reason]) => reason).sort()).toEqual(reasons.sort())
})

it.each(rows)('docs/errors.md says how %s leaves, what it means, and who does what', (reason, code, ...cells) => {
  const sent = toConnectError(
    reason === 'INTERNAL' ? new Error() : new ChatApiError(reason as Reason, ''),
    pino({ level: 'silent' }),
  )
  expect(code).toBe(
    Code[sent.code]!.replace(/(?<=[a-z])(?=[A-Z])/g, '_')
      .toUpperCase()
      .replace('CANCELED', 'CANCELLED'),
  )
  expect(cells).toHaveLength(3)
  expect(cells.filter((cell) => cell === '')).toEqual([])
})
