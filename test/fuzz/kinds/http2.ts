import { toBinary } from '@bufbuild/protobuf'
import fc, { type Arbitrary } from 'fast-check'
import type { Script, Step } from '../attack.ts'
import { callOf, overHttp2 } from '../calls.ts'
import {
  type Field,
  Flag,
  FRAME_HEAD_BYTES,
  FrameType,
  frame,
  headerBlock,
  PREFACE,
  setting,
  uint32,
} from '../frames.ts'
import { mutated } from './bytes.ts'
import { path, question } from './messages.ts'

type Frames = readonly Buffer[]

/** Few, so that frames meet on the same stream. */
const stream = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(1, 3, 5, 7) },
  { weight: 1, arbitrary: fc.constantFrom(0, 2, 9, 1_001, 2 ** 31 - 1) },
)
const flags = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(Flag.END_STREAM, Flag.END_HEADERS, Flag.PADDED, Flag.PRIORITY, 0x5, 0x2d, 0xff),
  },
)
const uint31 = fc.oneof(fc.constantFrom(0, 1, 65_535, 2 ** 31 - 1), fc.nat())
const payload = fc.uint8Array({ maxLength: 40 })
const errorCode = fc.oneof(fc.integer({ min: 0, max: 14 }), fc.constant(2 ** 32 - 1))

const contentType = fc.constantFrom(
  ...['application/grpc', 'application/grpc', 'application/grpc+proto', 'application/json', 'application/proto'],
  ...['application/grpc-web+proto', 'application/connect+proto', 'text/html', '', 'application/grpcx', 'a'],
)
const furtherFields = fc.array(
  fc.constantFrom<Field>(
    ['expect', '100-continue'],
    ['expect', 'x'],
    ['content-length', '0'],
    ['content-length', '7'],
    ['content-length', 'x'],
    ['connection', 'close'],
    ['transfer-encoding', 'chunked'],
    ['te', 'trailers'],
    ['te', 'gzip'],
    [':path', '/'],
    [':foo', 'a'],
    ['Upper', 'a'],
    ['', 'a'],
    ['grpc-timeout', '1m'],
    ['cookie', 'a=b; c=d'],
    ['x', 'a\r\nb'],
    ['x', 'v'.repeat(5_000)],
    ['grpc-encoding', 'gzip'],
    ['grpc-accept-encoding', 'gzip'],
  ),
  { maxLength: 3 },
)

/** A head of a request: mostly whole, at times with a part missing, or of another method. */
const fields = fc
  .tuple(
    fc.constantFrom('POST', 'POST', 'POST', 'POST', 'GET', 'HEAD', 'OPTIONS', 'CONNECT', 'FOO', ''),
    fc.oneof({ weight: 6, arbitrary: path }, fc.constantFrom('/', '*', '', 'x', '/healthz', '/x/y', '/%ff')),
    fc.constantFrom('127.0.0.1', '127.0.0.1', '127.0.0.1', '', '%%%[[[', 'example.org', undefined),
    contentType,
    furtherFields,
    fc.constantFrom(...Array(12).fill(undefined), ':method', ':path', ':scheme', 'content-type'),
  )
  .map(([method, path, authority, type, further, left]): Field[] => {
    const all: Field[] = [
      [':method', method],
      [':scheme', 'http'],
      [':path', path],
      ...(authority === undefined ? [] : [[':authority', authority] as const]),
      ['content-type', type],
      ...further,
    ]
    return all.filter(([name]) => name !== left)
  })

const wholeCall: Arbitrary<Frames> = fc
  .tuple(stream, question)
  .map(([id, { path, method, message }]) =>
    overHttp2(callOf('grpc', 'proto', path, toBinary(method.input, message)), id),
  )

const head: Arbitrary<Frames> = fc
  .tuple(stream, fields, fc.boolean())
  .map(([id, fields, ends]) => [
    frame(FrameType.HEADERS, Flag.END_HEADERS | (ends ? Flag.END_STREAM : 0), id, headerBlock(fields)),
  ])

/** A head and at once what takes it back, before the server has seen more of it. */
const takenBack: Arbitrary<Frames> = fc
  .tuple(fc.oneof(head, wholeCall), errorCode, fc.constantFrom('reset', 'goaway', 'bad data', 'window', 'reset twice'))
  .map(([frames, code, how]) => {
    const id = frames[0]!.readUInt32BE(5) & 0x7fffffff
    const reset = frame(FrameType.RST_STREAM, 0, id, uint32(code))
    const ends: Record<string, Frames> = {
      reset: [reset],
      'reset twice': [reset, reset],
      goaway: [frame(FrameType.GOAWAY, 0, 0, Buffer.concat([uint32(0), uint32(code)]))],
      'bad data': [frame(FrameType.DATA, 0, 0, Buffer.from('xx'))],
      window: [frame(FrameType.WINDOW_UPDATE, 0, id, uint32(2 ** 31 - 1))],
    }
    return [...frames, ...ends[how]!]
  })

/** A head in pieces, of which the last may be missing, or may be of another stream. */
const continued: Arbitrary<Frames> = fc
  .tuple(stream, fields, fc.integer({ min: 1, max: 30 }), fc.constantFrom('whole', 'whole', 'no end', 'other stream'))
  .map(([id, fields, pieces, how]) => {
    const block = headerBlock(fields)
    const size = Math.ceil(block.length / pieces)
    return Array.from({ length: pieces }, (_, index) => {
      const isLast = index === pieces - 1
      const type = index === 0 ? FrameType.HEADERS : FrameType.CONTINUATION
      const on = how === 'other stream' && isLast ? id + 2 : id
      return frame(
        type,
        isLast && how !== 'no end' ? Flag.END_HEADERS : 0,
        on,
        block.subarray(index * size, (index + 1) * size),
      )
    })
  })

const flood: Arbitrary<Frames> = fc
  .tuple(
    fc.constantFrom(100, 1_500),
    fc.constantFrom('ping', 'settings', 'empty data', 'reset', 'continuation', 'priority'),
  )
  .map(([times, what]) => {
    const nothing = Buffer.alloc(0)
    const block = headerBlock([
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', '/x/y'],
      [':authority', 'a'],
    ])
    const one: Record<string, (index: number) => Buffer> = {
      ping: () => frame(FrameType.PING, 0, 0, Buffer.alloc(8)),
      settings: () => frame(FrameType.SETTINGS, 0, 0, setting(4, 65_535)),
      'empty data': () => frame(FrameType.DATA, 0, 1, nothing),
      continuation: (index) =>
        frame(index === 0 ? FrameType.HEADERS : FrameType.CONTINUATION, 0, 1, index === 0 ? block : nothing),
      priority: (index) => frame(FrameType.PRIORITY, 0, 2 * index + 1, Buffer.of(0, 0, 0, 0, 1)),
      // What HTTP/2 Rapid Reset (CVE-2023-44487) sends.
      reset: (index) =>
        Buffer.concat([
          frame(FrameType.HEADERS, Flag.END_HEADERS, 2 * index + 1, block),
          frame(FrameType.RST_STREAM, 0, 2 * index + 1, uint32(8)),
        ]),
    }
    return Array.from({ length: times }, (_, index) => one[what]!(index))
  })

const odd: Arbitrary<Frames> = fc.oneof(
  fc.tuple(stream, flags, payload).map(([id, flags, bytes]) => [frame(FrameType.DATA, flags, id, bytes)]),
  fc.tuple(stream, errorCode).map(([id, code]) => [frame(FrameType.RST_STREAM, 0, id, uint32(code))]),
  fc.tuple(stream, uint31).map(([id, by]) => [frame(FrameType.WINDOW_UPDATE, 0, id, uint32(by))]),
  fc
    .tuple(flags, fc.uint8Array({ minLength: 8, maxLength: 8 }))
    .map(([flags, bytes]) => [frame(FrameType.PING, flags, 0, bytes)]),
  fc
    .tuple(flags, fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), uint31), { maxLength: 5 }))
    .map(([flags, all]) => [
      frame(FrameType.SETTINGS, flags, 0, Buffer.concat(all.map(([id, value]) => setting(id, value)))),
    ]),
  fc
    .tuple(uint31, errorCode, payload)
    .map(([id, code, bytes]) => [frame(FrameType.GOAWAY, 0, 0, Buffer.concat([uint32(id), uint32(code), bytes]))]),
  fc
    .tuple(stream, uint31)
    .map(([id, other]) => [frame(FrameType.PRIORITY, 0, id, Buffer.concat([uint32(other), Buffer.of(255)]))]),
  fc
    .tuple(stream, payload)
    .map(([id, bytes]) => [frame(FrameType.PUSH_PROMISE, Flag.END_HEADERS, id, Buffer.concat([uint32(2), bytes]))]),
  fc
    .tuple(fc.integer({ min: 0, max: 255 }), flags, stream, payload)
    .map(([type, flags, id, bytes]) => [frame(type, flags, id, bytes)]),
  fc.tuple(stream, payload).map(([id, bytes]) => [frame(FrameType.HEADERS, Flag.END_HEADERS, id, bytes)]),
)

const group = fc.oneof(
  { weight: 5, arbitrary: wholeCall },
  { weight: 4, arbitrary: takenBack },
  { weight: 4, arbitrary: head },
  { weight: 2, arbitrary: continued },
  { weight: 5, arbitrary: odd },
  { weight: 1, arbitrary: flood },
)

/** What becomes of a well-formed sequence on the way. */
const disturbance = fc.oneof(
  { weight: 5, arbitrary: fc.constant('none' as const) },
  { weight: 4, arbitrary: fc.constantFrom('drop', 'double', 'swap', 'spoil', 'truncate') },
)

const sequence: Arbitrary<Frames> = fc
  .tuple(
    fc.array(group, { minLength: 1, maxLength: 6 }),
    disturbance,
    fc.nat(),
    fc.constantFrom(...Array(15).fill(true), false),
  )
  .chain(([groups, disturbance, at, hasPreface]) => {
    const opening = hasPreface ? [PREFACE, frame(FrameType.SETTINGS, 0, 0, Buffer.alloc(0))] : []
    const frames = [...opening, ...groups.flat()]
    const index = at % frames.length
    const [before, chosen, after] = [frames.slice(0, index), frames[index]!, frames.slice(index + 1)]
    switch (disturbance) {
      case 'drop':
        return fc.constant([...before, ...after])
      case 'double':
        return fc.constant([...before, chosen, chosen, ...after])
      case 'swap':
        return fc.constant([...before, ...after.slice(0, 1), chosen, ...after.slice(1)])
      case 'spoil':
        return mutated(fc.constant(chosen)).map((spoilt) => [...before, spoilt, ...after])
      case 'truncate':
        return fc.nat(chosen.length).map((length) => [...before, chosen.subarray(0, length)])
      default:
        return fc.constant(frames)
    }
  })

/** Frames of HTTP/2: out of order, out of bounds, taken back, spoilt; in few segments or many; broken off at any place. */
export function http2(): Arbitrary<Script> {
  const cuts = fc.constantFrom('together', 'together', 'together', 'in two', 'each')
  const end = fc.constantFrom<'none' | 'fin' | 'reset'>('none', 'none', 'none', 'fin', 'reset')
  return fc
    .tuple(sequence, cuts, fc.nat(), end, fc.nat(), fc.nat(19))
    .map(([frames, cuts, cutAt, end, endAt, deaf]) => {
      const kept = end === 'none' ? frames : frames.slice(0, 1 + (endAt % frames.length))
      const steps: Step[] = [...segments(kept, cuts, cutAt), ...(end === 'none' ? [] : [{ end }])]
      const requests = new Set(kept.filter(isHeaders).map((bytes) => bytes.readUInt32BE(5)))
      return { steps, requests: requests.size, isDeaf: deaf === 0 }
    })
}

function isHeaders(bytes: Buffer): boolean {
  return bytes.length >= FRAME_HEAD_BYTES && bytes[3] === FrameType.HEADERS
}

function segments(frames: Frames, cuts: string, cutAt: number): Step[] {
  if (cuts === 'together' || frames.length > 100) return [{ send: frames }]
  if (cuts === 'each') return frames.map((bytes) => ({ send: [bytes] }))
  const at = cutAt % frames.length
  const halves = [frames.slice(0, at), frames.slice(at)].filter((half) => half.length > 0)
  return halves.map((half) => ({ send: half }))
}
