import { Code, ConnectError } from '@connectrpc/connect'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { ErrorReasonSchema } from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'
import { ChatApiError, invalidFields, type Reason } from '../../src/domain/errors.ts'
import { ConflictError, StoreClosedError, StoreDamagedError, StoreUnavailableError } from '../../src/store/store.ts'
import { malformedRequest, REASONS, toConnectError } from '../../src/wire/errors.ts'

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
    const soon = recorded(new ChatApiError('OVERLOADED', 'full', { retryAfterMs: 2_500 })).mapped
    expect(soon.findDetails(RetryInfoSchema)[0]?.retryDelay).toMatchObject({ seconds: 2n, nanos: 500_000_000 })
    const conflict = recorded(new ConflictError(['a'])).mapped
    expect(conflict.findDetails(RetryInfoSchema)[0]?.retryDelay).toMatchObject({ seconds: 0n, nanos: 0 })
    expect(recorded(invalidFields([])).mapped.findDetails(RetryInfoSchema)).toEqual([])
  })

  test('has its cause, for those who find it in this process', () => {
    for (const error of [new StoreUnavailableError('away'), new StoreClosedError(), new ConflictError(['a'])]) {
      expect(recorded(error).mapped.cause).toBe(error)
    }
  })

  test('in words of its own where those of the runtimes differ', () => {
    const late = new ConnectError('the operation timed out', Code.DeadlineExceeded)
    expect(recorded(late).mapped.rawMessage).toBe('the deadline of the call passed')
    expect(recorded(new DOMException('', 'AbortError')).mapped.rawMessage).toBe('the call was cancelled')
  })

  test('of an outage is told to the log once in a while, with what the store said', () => {
    const lines: Record<string, unknown>[] = []
    const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) })
    for (let call = 0; call < 3; call++) toConnectError(new StoreUnavailableError('away'), log)
    expect(lines).toMatchObject([{ level: 40, err: { message: 'away' } }])
    // Each log is told for itself.
    expect(recorded(new StoreUnavailableError('away')).lines).toHaveLength(1)
  })

  test('of a request that breaks the rules of its protocol has the code of those', () => {
    const error = malformedRequest(Code.Internal, 'no frame')
    expect(error).toMatchObject({ code: Code.Internal, rawMessage: 'no frame' })
    expect(infoOf(error)).toMatchObject({ reason: 'ERROR_REASON_MALFORMED_REQUEST', metadata: {} })
    expect(recorded(error).mapped).toBe(error)
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
    // As a client has it, which read it from the wire.
    const read = new ConnectError('x', Code.Internal)
    read.details.push({ type: ErrorInfoSchema.typeName, value: new Uint8Array() })
    expect(recorded(read).mapped).toBe(read)
  })

  test('is mapped where its details are those of others', () => {
    const foreign = new ConnectError('secret', Code.Internal, undefined, [
      { desc: RetryInfoSchema, value: { retryDelay: { seconds: 1n } } },
    ])
    foreign.details.push({ type: RetryInfoSchema.typeName, value: new Uint8Array() })
    expect(infoOf(recorded(foreign).mapped)?.reason).toBe('ERROR_REASON_INTERNAL')
  })

  test('keeps codes that the contract does not explain', () => {
    const error = new ConnectError('no such service', Code.NotFound)
    expect(recorded(error).mapped).toBe(error)
  })

  test('has as many of its fields as fit, the first whatever its length', () => {
    const faults = (count: number, bytes: number) =>
      recorded(
        invalidFields(Array.from({ length: count }, () => ({ field: '', description: 'd'.repeat(bytes) }))),
      ).mapped.findDetails(BadRequestSchema)[0]?.fieldViolations.length
    expect(faults(5, 512)).toBe(4)
    expect(faults(5, 513)).toBe(4)
    expect(faults(30, 100)).toBe(20)
    expect(recorded(invalidFields([])).mapped.findDetails(BadRequestSchema)).toEqual([])
  })

  test('is cut behind a whole character where it is too long, and not where it is not', () => {
    const message = (text: string) => recorded(new ChatApiError('INVALID_FIELD', text)).mapped.rawMessage
    for (const text of ['a'.repeat(1024), '名'.repeat(341), 'é'.repeat(512)]) expect(message(text)).toBe(text)
    expect(message('a'.repeat(1025))).toBe(`${'a'.repeat(1021)}…`)
    expect(message('é'.repeat(513))).toBe(`${'é'.repeat(510)}…`)
    expect(message('名'.repeat(342))).toBe(`${'名'.repeat(340)}…`)
  })

  test('fits into trailers, however long its parts are, and is well formed', () => {
    const long = '\u{1f600}'.repeat(5000)
    const violations = Array.from({ length: 1000 }, (_, i) => ({ field: `activities[${i}]`, description: long }))
    const error = recorded(invalidFields(violations)).mapped
    expect(error.rawMessage).toMatch(/^activities\[0\]: \u{1f600}+…$/u)
    expect(Buffer.byteLength(error.rawMessage)).toBeLessThanOrEqual(1024)
    const fields = error.findDetails(BadRequestSchema)[0]?.fieldViolations ?? []
    expect(fields.map(({ field }) => field)).toEqual(['activities[0]', 'activities[1]', 'activities[2]'])
    for (const { description } of fields) expect(description).toBe(`${'\u{1f600}'.repeat(127)}…`)
    const metadata = { stream_id: long, half: 'a\ud800' }
    const found = recorded(new ChatApiError('STREAM_NOT_FOUND', 'a\ud800b', { metadata })).mapped
    expect(found.rawMessage).toBe('a\ufffdb')
    expect(infoOf(found)?.metadata).toEqual({ half: 'a\ufffd', stream_id: `${'\u{1f600}'.repeat(127)}…` })
  })

  test.each([0, 1, 2, 3])('is cut behind a whole character, wherever in it the limit falls (%i)', (shift) => {
    const text = 'x'.repeat(shift) + '\u{1f600}'.repeat(5000)
    const { rawMessage } = recorded(new ChatApiError('STREAM_NOT_FOUND', text)).mapped
    expect(text.startsWith(rawMessage.slice(0, -1))).toBe(true)
    expect(rawMessage.isWellFormed()).toBe(true)
    const bytes = Buffer.byteLength(rawMessage)
    expect(bytes).toBeLessThanOrEqual(1024)
    expect(bytes).toBeGreaterThan(1024 - 4)
  })
})
