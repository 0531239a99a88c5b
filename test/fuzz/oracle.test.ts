import { hash } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Attack } from './attack.ts'
import { Attacks } from './attacks.ts'
import type { Exchange } from './connection.ts'
import { Flag, FrameType, frame, headerBlock } from './frames.ts'
import { LogWatch } from './log-watch.ts'
import { reduce } from './reduce.ts'
import { judge } from './verdict.ts'

const script = { steps: [], requests: 1 }

function exchange(...received: (string | Buffer)[]): Exchange {
  const bytes = received.map((part) => Buffer.from(part as string, 'latin1'))
  return { received: Buffer.concat(bytes), isEndedByServer: true, isCut: false, isRefused: false }
}

const SETTINGS = frame(FrameType.SETTINGS, 0, 0, Buffer.alloc(0))

function trailersOnly(status: string): Buffer {
  const fields = [
    [':status', '200'],
    ['content-type', 'application/grpc'],
    ['grpc-status', status],
  ] as const
  return frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, 1, headerBlock(fields))
}

function http1(status: string, body: string): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

it.each([
  ['a refusal with a code', exchange(http1('400 Bad Request', '{"code":"invalid_argument"}'))],
  ['two answers behind each other', exchange(http1('200 OK', '{}'), http1('200 OK', '{}'))],
  ['a refusal without a body', exchange('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')],
  ['a refusal of gRPC', exchange(SETTINGS, trailersOnly('3'))],
  ['a stream that breaks off', exchange('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n')],
  ['an answer that its client did not wait for', { ...exchange('HTTP/1.1 200 OK\r\n'), isEndedByServer: false }],
])('takes %s for well', async (_name, received) => {
  expect((await judge(script, received)).fault).toBeUndefined()
})

it.each([
  ['an internal error of Connect', exchange(http1('500 Internal Server Error', '{"code":"internal"}'))],
  ['an error without a code', exchange(http1('400 Bad Request', '{}'))],
  ['an error with a code that does not exist', exchange(http1('400 Bad Request', '{"code":"bad"}'))],
  ['an internal error of gRPC', exchange(SETTINGS, trailersOnly('13'))],
  ['an unknown error of gRPC', exchange(SETTINGS, trailersOnly('2'))],
  ['a stack trace', exchange(http1('400 Bad Request', '{"code":"aborted","message":"x\n    at f (a.ts:1:2)"}'))],
  ['no head', exchange('nonsense\r\n\r\n')],
  ['a body without an end', exchange('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab')],
  ['a head without an end', exchange('HTTP/1.1 200 OK\r\n')],
  ['a body that is longer than it says', exchange(`${http1('200 OK', '{}')}more`)],
  [
    'a chunk that is longer than it says',
    exchange('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n'),
  ],
  ['DATA before HEADERS', exchange(SETTINGS, frame(FrameType.DATA, 0, 1, Buffer.of(1)))],
  ['a header block that cannot be decoded', exchange(SETTINGS, frame(FrameType.HEADERS, 5, 1, Buffer.alloc(9, 0xff)))],
])('takes %s for a fault', async (_name, received) => {
  expect((await judge(script, received)).fault).toEqual(expect.any(String))
})

it.each([
  ['an error', '{"level":"error","msg":"oh"}'],
  ['a stack trace', '{"level":"warn","err":{"stack":"Error: x"}}'],
  ['a line of something else', '(node:1) Warning: too many listeners'],
])('takes %s in the log for a fault', (_name, line) => {
  const log = new LogWatch()
  log.add('{"level":"info","msg":"serving"}')
  expect(log.fault).toBeUndefined()
  log.add(line)
  expect(log.fault).toEqual(expect.any(String))
})

it('takes a flood of lines in the log for a fault', () => {
  const log = new LogWatch()
  for (let line = 0; line < 1_000; line++) log.add('{"level":"info","msg":"refused"}')
  expect(log.fault).toContain('1000 lines')
})

it('leaves out all that a fault does not need', async () => {
  const items = Array.from({ length: 60 }, (_, index) => index)
  const needed = await reduce(items, async (some) => some.includes(7) && some.includes(41), 1_000)
  expect(needed).toEqual([7, 41])
})

it('makes the same attacks of the same seed, and others of another', { timeout: 60_000 }, () => {
  const first = (seed: number) => {
    const attacks = new Attacks(seed, 'http', ['token'])
    return Array.from({ length: 10 }, () => digestOf(attacks.next()))
  }
  const attacks = first(3)
  expect(first(3)).toEqual(attacks)
  expect(first(4)).not.toEqual(attacks)
})

function digestOf({ kind, steps, ...rest }: Attack): string {
  const bytes = steps.flatMap((step) => ('send' in step ? step.send : Buffer.from(JSON.stringify(step))))
  return `${kind} ${JSON.stringify(rest)} ${hash('sha1', Buffer.concat(bytes))}`
}
