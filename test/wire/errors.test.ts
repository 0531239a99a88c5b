import { Code, ConnectError } from '@connectrpc/connect'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { ErrorReasonSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'
import { ChatApiError, invalidFields, type Reason } from '../../src/domain/errors.ts'
import { ConflictError, StoreClosedError, StoreDamagedError, StoreUnavailableError } from '../../src/store/store.ts'
import { REASONS, toConnectError } from '../../src/wire/errors.ts'

const silent = pino({ level: 'silent' })

function recorded(error: unknown) {
  const lines: Record<string, unknown>[] = []
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) })
  return { mapped: toConnectError(error, log), lines }
}

function infoOf(error: ConnectError) {
  const infos = error.findDetails(ErrorInfoSchema)
  expect(infos).toHaveLength(1)
  return infos[0]
}

test('the contract and the domain have the same reasons', () => {
  const documented = ErrorReasonSchema.values.map(({ name }) => name).filter((name) => !name.endsWith('_UNSPECIFIED'))
  expect(REASONS.map((reason) => `ERROR_REASON_${reason}`).sort()).toEqual(documented.sort())
})

test('every reason leaves with the code that the contract documents for it', () => {
  const documented = Object.fromEntries(
    ErrorReasonSchema.values.slice(1).map(({ name, number }) => [name.replace('ERROR_REASON_', ''), number]),
  )
  const codes: Record<Reason, Code> = {
    INVALID_FIELD: Code.InvalidArgument,
    MALFORMED_REQUEST: Code.InvalidArgument,
    PAGE_TOKEN_INVALID: Code.InvalidArgument,
    PAGE_TOKEN_MISMATCH: Code.InvalidArgument,
    LIST_TOO_LARGE: Code.ResourceExhausted,
    MESSAGE_TOO_LARGE: Code.ResourceExhausted,
    STREAM_NOT_FOUND: Code.NotFound,
    STREAM_ID_COLLISION: Code.AlreadyExists,
    WRITE_CONFLICT: Code.Aborted,
    DIRECTORY_LOADING: Code.Unavailable,
    REVISION_NOT_REACHED: Code.Unavailable,
    STORE_UNAVAILABLE: Code.Unavailable,
    SHUTTING_DOWN: Code.Unavailable,
    UNKNOWN_METHOD: Code.Unimplemented,
    DEADLINE_EXCEEDED: Code.DeadlineExceeded,
    CANCELLED: Code.Canceled,
    INTERNAL: Code.Internal,
    ORIGIN_REFUSED: Code.PermissionDenied,
    UNAUTHENTICATED: Code.Unauthenticated,
    PERMISSION_DENIED: Code.PermissionDenied,
    RATE_LIMITED: Code.ResourceExhausted,
    OVERLOADED: Code.ResourceExhausted,
    UNSUPPORTED_COMPRESSION: Code.Unimplemented,
    ETAG_MISMATCH: Code.Aborted,
    STREAM_DELETED: Code.NotFound,
    RESUME_TOKEN_EXPIRED: Code.OutOfRange,
    RESUME_TOKEN_MISMATCH: Code.InvalidArgument,
    WATCHER_TOO_SLOW: Code.ResourceExhausted,
    WATCH_UNSUPPORTED: Code.FailedPrecondition,
    QUERY_UNSUPPORTED: Code.FailedPrecondition,
    IMPORT_INVALID: Code.InvalidArgument,
    TIME_TOO_FAR_AHEAD: Code.InvalidArgument,
  }
  expect(Object.keys(documented).sort()).toEqual(Object.keys(codes).sort())
  for (const reason of REASONS) {
    const error = toConnectError(new ChatApiError(reason, 'why'), silent)
    expect({ reason, code: error.code }).toEqual({ reason, code: codes[reason] })
    expect(infoOf(error)).toMatchObject({ reason: `ERROR_REASON_${reason}`, domain: 'chatapi.v1' })
  }
})

describe('what leaves', () => {
  test.each([
    [new StoreUnavailableError('mongodb://user:secret@h'), 'STORE_UNAVAILABLE', Code.Unavailable],
    [new StoreClosedError(), 'SHUTTING_DOWN', Code.Unavailable],
    [new ConflictError(['a']), 'WRITE_CONFLICT', Code.Aborted],
    [new DOMException('', 'AbortError'), 'CANCELLED', Code.Canceled],
    [new DOMException('', 'TimeoutError'), 'DEADLINE_EXCEEDED', Code.DeadlineExceeded],
    [new ConnectError('bad', Code.InvalidArgument), 'MALFORMED_REQUEST', Code.InvalidArgument],
    [new ConnectError('big', Code.ResourceExhausted), 'MESSAGE_TOO_LARGE', Code.ResourceExhausted],
    [new ConnectError('no', Code.Unimplemented), 'UNKNOWN_METHOD', Code.Unimplemented],
    [new ConnectError('late', Code.DeadlineExceeded), 'DEADLINE_EXCEEDED', Code.DeadlineExceeded],
    [new ConnectError('gone', Code.Canceled), 'CANCELLED', Code.Canceled],
  ])('of %s is %s', (error, reason, code) => {
    const { mapped, lines } = recorded(error)
    expect(mapped.code).toBe(code)
    expect(infoOf(mapped)?.reason).toBe(`ERROR_REASON_${reason}`)
    expect(mapped.rawMessage).not.toContain('secret')
    // Of an outage the log is told, as a warning; of everything else the caller is told enough.
    expect(lines.map(({ level }) => level)).toEqual(reason === 'STORE_UNAVAILABLE' ? [40] : [])
  })

  test('of a store that is away shows what anyone may know', () => {
    const { mapped } = recorded(new StoreUnavailableError('/srv/secret.db: full', { summary: 'the disk is full' }))
    expect(mapped.rawMessage).toBe('the disk is full; the log of the server says more')
  })

  test('tells when to retry', () => {
    const { mapped } = recorded(new StoreUnavailableError('away'))
    expect(mapped.findDetails(RetryInfoSchema)[0]?.retryDelay).toMatchObject({ seconds: 1n, nanos: 0 })
  })

  test.each([
    ['an error', new TypeError('secret')],
    ['text', 'secret'],
    ['nothing', undefined],
    ['an error of a runtime', new ConnectError('secret', Code.Internal)],
    ['an error that a runtime does not know', new ConnectError('secret', Code.Unknown)],
    ['a loss of data', new ConnectError('secret', Code.DataLoss)],
    ['an internal one of ours', new ChatApiError('INTERNAL', 'secret')],
  ])('of %s that nobody foresaw is logged once and named by an id', (_what, thrown) => {
    const { mapped, lines } = recorded(thrown)
    expect(mapped.code).toBe(Code.Internal)
    const errorId = infoOf(mapped)?.metadata.error_id
    expect(errorId).toMatch(/^[0-9a-f-]{36}$/)
    expect(mapped.rawMessage).not.toContain('secret')
    expect(lines).toMatchObject([{ error_id: errorId }])
  })

  test('of damage is logged as that, with what to do', () => {
    const { mapped, lines } = recorded(new StoreDamagedError('secret is damaged; restore it'))
    expect(mapped.code).toBe(Code.Internal)
    expect(mapped.rawMessage).not.toContain('secret')
    expect(mapped.findDetails(RetryInfoSchema)).toEqual([])
    expect(lines).toMatchObject([
      {
        level: 50,
        error_id: infoOf(mapped)?.metadata.error_id,
        msg: 'a call failed, for the store is damaged',
        err: { message: 'secret is damaged; restore it' },
      },
    ])
  })

  test('is not mapped twice', () => {
    const { mapped } = recorded(new Error('x'))
    const again = recorded(mapped)
    expect(again.mapped).toBe(mapped)
    expect(again.lines).toEqual([])
  })

  test('keeps codes that the contract does not explain', () => {
    const error = new ConnectError('no such service', Code.NotFound)
    expect(recorded(error).mapped).toBe(error)
  })

  test('fits into trailers, however long its parts are, and is well formed', () => {
    const long = '\u{1f600}'.repeat(5000)
    const violations = Array.from({ length: 1000 }, (_, i) => ({ field: `activities[${i}]`, description: long }))
    const error = recorded(invalidFields(violations)).mapped
    expect(Buffer.byteLength(error.rawMessage)).toBeLessThanOrEqual(1024)
    expect(error.rawMessage.isWellFormed()).toBe(true)
    const fields = error.findDetails(BadRequestSchema)[0]?.fieldViolations ?? []
    expect(fields[0]?.field).toBe('activities[0]')
    expect(fields.length).toBeLessThan(10)
    const metadata = { stream_id: long, half: 'a\ud800' }
    const found = recorded(new ChatApiError('STREAM_NOT_FOUND', 'a\ud800b', { metadata })).mapped
    expect(found.rawMessage).toBe('a\ufffdb')
    expect(infoOf(found)?.metadata.half).toBe('a\ufffd')
    expect(Buffer.byteLength(infoOf(found)?.metadata.stream_id ?? '')).toBeLessThanOrEqual(512)
  })
})
