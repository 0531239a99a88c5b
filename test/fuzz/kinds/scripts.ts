import fc, { type Arbitrary } from 'fast-check'
import type { Door, Script, Step } from '../attack.ts'
import { type Call, overHttp1, overHttp2 } from '../calls.ts'
import { FrameType, frame, PREFACE } from '../frames.ts'

const MAX_CALLS = 4

/** How bytes reach the server: all in one segment, or each part in one of its own. */
const delivery = fc.constantFrom('together', 'together', 'apart')

/** How a client leaves: mostly when it has been answered. */
export const leaving: Arbitrary<readonly Step[]> = fc.oneof(
  { weight: 8, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.constant([{ end: 'fin' } as const]) },
  { weight: 1, arbitrary: fc.constant([{ end: 'reset' } as const]) },
)

/** Makes a few calls on one connection. The gRPC port is called over HTTP/2, mostly. */
export function scriptOf(door: Door, call: Arbitrary<Call>): Arbitrary<Script> {
  const version = door === 'grpc' ? fc.constantFrom(2, 2, 2, 2, 2, 2, 2, 1) : fc.constantFrom(1, 2)
  const calls = fc.array(call, { minLength: 1, maxLength: MAX_CALLS })
  return fc.tuple(version, calls, delivery, leaving).map(([version, calls, delivery, end]) => ({
    steps: [...delivered(version === 1 ? http1Parts(calls) : http2Parts(calls), delivery), ...end],
    requests: calls.length,
  }))
}

function http1Parts(calls: readonly Call[]): Buffer[] {
  return calls.flatMap((call) => overHttp1(call))
}

export function http2Parts(calls: readonly Call[]): Buffer[] {
  const opening = [PREFACE, frame(FrameType.SETTINGS, 0, 0, Buffer.alloc(0))]
  return [...opening, ...calls.flatMap((call, index) => overHttp2(call, 2 * index + 1))]
}

function delivered(parts: readonly Buffer[], delivery: string): Step[] {
  return delivery === 'together' ? [{ send: parts }] : parts.map((part) => ({ send: [part] }))
}
