import { deflateRawSync, gzipSync, inflateRawSync } from 'node:zlib'
import { type Field, Flag, type FlagName, type FrameName, FrameType, frame, headerBlock, PREFACE } from './frames.ts'

/** How bytes are written in files of cases. */
export type Notation =
  /** Latin-1. */
  | { readonly text: string }
  | { readonly utf8: string }
  | { readonly hex: string }
  /** Base64 of what `deflateRaw` made of the bytes. */
  | { readonly deflated: string }
  | { readonly preface: 'HTTP/2' }
  | { readonly frame: FrameNotation }
  | { readonly gzip: readonly Notation[] }
  | { readonly repeat: { readonly times: number; readonly bytes: readonly Notation[] } }
  /** The text so many times, `#` standing for the number, with five digits; joined with commas. */
  | { readonly numbered: { readonly count: number; readonly text: string } }
  /** A request of HTTP/1.1: the lines of its head, to which the length of its body is added. */
  | { readonly request: { readonly head: readonly string[]; readonly body: readonly Notation[] } }
  /** Calls of gRPC, each on a stream of its own, with an empty message. */
  | { readonly calls: { readonly count: number; readonly path: string } }

interface FrameNotation {
  readonly type: FrameName
  readonly flags?: readonly FlagName[]
  readonly stream?: number
  /** The payload of HEADERS. */
  readonly fields?: Readonly<Record<string, string>>
  /** Any other payload, in hex. */
  readonly payload?: string
}

const NUMBER_DIGITS = 5
/** Longer bytes are written compressed. */
const MAX_HEX_BYTES = 4_096

export function bytesOf(all: readonly Notation[]): Buffer {
  return Buffer.concat(all.map(one))
}

export function notationOf(bytes: Uint8Array): Notation {
  if (bytes.length > MAX_HEX_BYTES) return { deflated: deflateRawSync(bytes).toString('base64') }
  const text = Buffer.from(bytes).toString('latin1')
  return /^[\r\n\x20-\x7e]*$/.test(text) ? { text } : { hex: Buffer.from(bytes).toString('hex') }
}

function one(notation: Notation): Uint8Array {
  if ('text' in notation) return Buffer.from(notation.text, 'latin1')
  if ('utf8' in notation) return Buffer.from(notation.utf8)
  if ('hex' in notation) return Buffer.from(notation.hex.replaceAll(/\s/g, ''), 'hex')
  if ('deflated' in notation) return inflateRawSync(Buffer.from(notation.deflated, 'base64'))
  if ('preface' in notation) return PREFACE
  if ('frame' in notation) return frameOf(notation.frame)
  if ('gzip' in notation) return gzipSync(bytesOf(notation.gzip))
  if ('repeat' in notation) {
    const { times, bytes } = notation.repeat
    const piece = bytesOf(bytes)
    return Buffer.alloc(times * piece.length, piece)
  }
  if ('numbered' in notation) {
    const { count, text } = notation.numbered
    const numbers = Array.from({ length: count }, (_, index) => String(index).padStart(NUMBER_DIGITS, '0'))
    return Buffer.from(numbers.map((number) => text.replaceAll('#', number)).join(','))
  }
  if ('request' in notation) {
    const { head, body } = notation.request
    const content = bytesOf(body)
    const lines = [...head, `content-length: ${content.length}`, '', ''].join('\r\n')
    return Buffer.concat([Buffer.from(lines, 'latin1'), content])
  }
  if ('calls' in notation) return callsOf(notation.calls.count, notation.calls.path)
  throw new Error(`no notation of bytes: ${JSON.stringify(notation)}`)
}

function frameOf({ type, flags = [], stream = 0, fields, payload = '' }: FrameNotation): Buffer {
  const content = fields ? headerBlock(Object.entries(fields)) : Buffer.from(payload, 'hex')
  const bits = flags.reduce((all, flag) => all | Flag[flag], 0)
  return frame(FrameType[type], bits, stream, content)
}

function callsOf(count: number, path: string): Buffer {
  const fields: Field[] = [
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', '127.0.0.1'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
  ]
  const block = headerBlock(fields)
  const calls = Array.from({ length: count }, (_, index) => [
    frame(FrameType.HEADERS, Flag.END_HEADERS, 2 * index + 1, block),
    frame(FrameType.DATA, Flag.END_STREAM, 2 * index + 1, Buffer.alloc(5)),
  ])
  return Buffer.concat(calls.flat())
}
