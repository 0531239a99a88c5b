import type { Answer, Answers } from './answer.ts'

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d)( [\t\x20-\x7e]*)?$/
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/
const CHUNK_LINE = /^([0-9a-fA-F]{1,8})(;.*)?$/
const HEAD_END = '\r\n\r\n'

/**
 * Reads all responses of one HTTP/1.1 connection, strictly.
 *
 * @param mayLackBodies whether a request may have been a HEAD, whose response states a length and has no body
 * @param isCut whether the last response may be incomplete
 */
export function readHttp1(received: Buffer, mayLackBodies: boolean, isCut: boolean): Answers {
  const answers: Answer[] = []
  let rest = received
  try {
    while (rest.length > 0) {
      const head = readHead(rest)
      const body = head && readBody(head, mayLackBodies)
      if (!body) {
        // A stream of answers breaks off with the connection that its client ended, or spoilt.
        const isStream = head?.headers['transfer-encoding'] !== undefined
        const fault = isCut || isStream ? undefined : `a response without an end: ${shown(rest)}`
        return { answers, resets: 1, fault }
      }
      const { content, trailers } = body
      if (head.status >= 200) answers.push({ ...head, trailers, body: content, isWhole: true })
      rest = body.rest
    }
    return { answers, resets: 0, fault: undefined }
  } catch (error) {
    return { answers, resets: 0, fault: (error as Error).message }
  }
}

interface Head {
  readonly status: number
  readonly headers: Record<string, string>
  readonly rest: Buffer
}

/** Undefined where it has no end; throws where it is malformed. */
function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf(HEAD_END)
  if (end < 0) return undefined
  const [statusLine, ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const status = STATUS_LINE.exec(statusLine!)?.[1]
  if (status === undefined) throw new Error(`no status line: ${shown(bytes)}`)
  return { status: Number(status), headers: fieldsOf(lines), rest: bytes.subarray(end + HEAD_END.length) }
}

function fieldsOf(lines: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? []
    if (name === undefined) throw new Error(`no header: ${JSON.stringify(line.slice(0, 200))}`)
    const key = name.toLowerCase()
    if (key === 'content-length' && key in fields) throw new Error('a response with two lengths')
    fields[key] = value!
  }
  return fields
}

interface Body {
  readonly content: Buffer
  readonly trailers: Record<string, string>
  readonly rest: Buffer
}

/** Undefined where it has no end; throws where it is malformed. */
function readBody({ status, headers, rest }: Head, mayLackBodies: boolean): Body | undefined {
  const nothing = Buffer.alloc(0)
  const isNext = rest.length === 0 || rest.toString('latin1', 0, 9) === 'HTTP/1.1 '
  const hasNone = status < 200 || status === 204 || status === 304
  if (hasNone || (mayLackBodies && isNext)) return { content: nothing, trailers: {}, rest }
  if (headers['transfer-encoding'] !== undefined) return readChunks(rest)
  const length = headers['content-length']
  if (length === undefined) return { content: rest, trailers: {}, rest: nothing }
  if (!/^\d{1,10}$/.test(length)) throw new Error(`a length that is none: ${length}`)
  if (rest.length < Number(length)) return undefined
  return { content: rest.subarray(0, Number(length)), trailers: {}, rest: rest.subarray(Number(length)) }
}

function readChunks(bytes: Buffer): Body | undefined {
  const chunks: Buffer[] = []
  let offset = 0
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', offset)
    if (lineEnd < 0) return undefined
    const size = CHUNK_LINE.exec(bytes.toString('latin1', offset, lineEnd))?.[1]
    if (size === undefined) throw new Error(`no chunk: ${shown(bytes.subarray(offset))}`)
    const start = lineEnd + 2
    const end = start + Number.parseInt(size, 16)
    if (end === start) return readTrailers(Buffer.concat(chunks), bytes, lineEnd)
    if (bytes.length < end + 2) return undefined
    if (bytes.toString('latin1', end, end + 2) !== '\r\n') throw new Error('a chunk that is longer than it says')
    chunks.push(bytes.subarray(start, end))
    offset = end + 2
  }
}

/** The trailers stand between the line of the last chunk and an empty line. */
function readTrailers(content: Buffer, bytes: Buffer, lineEnd: number): Body | undefined {
  const end = bytes.indexOf(HEAD_END, lineEnd)
  if (end < 0) return undefined
  const lines = bytes.toString('latin1', lineEnd, end).split('\r\n').slice(1)
  return { content, trailers: fieldsOf(lines), rest: bytes.subarray(end + HEAD_END.length) }
}

function shown(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1', 0, 200))
}
