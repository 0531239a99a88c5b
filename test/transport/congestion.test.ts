import { once } from 'node:events'
import { connect } from 'node:http2'
import { connect as dial } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Congestion, INITIAL_CALLS } from '../../src/transport/congestion.ts'
import type { Connection } from '../../src/transport/connection.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { FrameType, frameTypes } from './http2-bytes.ts'
import { Kinds } from './kinds.ts'
import { framed, greedyCalls } from './raw.ts'
import { LISTENERS, start } from './wires.ts'

interface Told extends Connection {
  readonly told: number[]
}

/** The part of a connection that matters here; `told` has what its client was told. */
function connection(callLimit = Number.POSITIVE_INFINITY): Told {
  const told: number[] = []
  const made = {
    turn: -1,
    callsInTurn: 0,
    openCalls: 0,
    callLimit,
    told,
    limitCalls(calls: number) {
      told.push(calls)
      made.callLimit = calls
      return true
    },
  }
  return made as unknown as Told
}

/** Turns of an event loop, of which each takes as long as the test says. */
class Loop {
  #now = 1_000
  readonly congestion = new Congestion(() => this.#now)

  async turn(tookMs: number, calls: ReadonlyMap<Connection, number>): Promise<void> {
    for (const [caller, count] of calls) for (let call = 0; call < count; call++) this.congestion.began(caller)
    this.#now += tookMs
    await new Promise(setImmediate)
  }

  async turns(count: number, tookMs: number, calls: ReadonlyMap<Connection, number>): Promise<void> {
    for (let turn = 0; turn < count; turn++) await this.turn(tookMs, calls)
  }
}

describe('a server that is asked for more than it answers', () => {
  test('has those ask for less at a time who ask for more than their share', async () => {
    const [greedy, modest] = [connection(), connection()]
    const calls = new Map([
      [greedy, 900],
      [modest, 3],
    ])
    await new Loop().turn(150, calls)
    // A thirtieth of the time is what a turn is to take, and there are two of them.
    expect(greedy.told).toEqual([15])
    expect(modest.told).toEqual([])
  })

  test('says nothing for a turn that was long, but not for its calls', async () => {
    const [loop, caller] = [new Loop(), connection()]
    await loop.turns(10, 150, new Map([[caller, 60]]))
    expect(caller.told).toEqual([])
  })

  test('leaves every connection a few calls', async () => {
    const [loop, greedy] = [new Loop(), connection()]
    const many = Array.from({ length: 2_000 }, (): [Connection, number] => [connection(), 1])
    await loop.turn(150, new Map([...many, [greedy, 100]]))
    expect(greedy.told).toEqual([4])
  })

  test('lets them ask for more again after a while, bit by bit, while turns are short and they would use it', async () => {
    const [loop, greedy] = [new Loop(), connection()]
    await loop.turn(150, new Map([[greedy, 900]]))
    expect(greedy.told).toEqual([30])
    await loop.turns(24, 10, new Map([[greedy, 30]]))
    expect(greedy.told).toEqual([30])
    await loop.turns(6, 2, new Map([[greedy, 30]]))
    expect(greedy.told).toEqual([30, 60])
    await loop.turn(2, new Map([[greedy, 31]]))
    expect(greedy.told).toEqual([30, 60, 120])
  })
})

describe('a server that has time', () => {
  test('lets a client ask for more as soon as it uses most of what it may', async () => {
    const [loop, client] = [new Loop(), connection(100)]
    await loop.turn(1, new Map([[client, 50]]))
    expect(client.told).toEqual([])
    await loop.turn(1, new Map([[client, 51]]))
    expect(client.told).toEqual([200])
  })

  test('does so too for one that can make no further call, since all that it has open are streams', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const [loop, client] = [new Loop(), connection(100)]
    client.openCalls = 100
    await loop.turn(150, new Map([[client, 100]]))
    expect(client.told).toEqual([4])
    await loop.turn(300, new Map())
    vi.advanceTimersByTime(250)
    expect(client.told).toEqual([4, 8])
  })
})

test.each(LISTENERS)('a client of the %s listener learns over HTTP/2 how much it may ask for', async (listener) => {
  const busyFor = (ms: number) => {
    const end = performance.now() + ms
    while (performance.now() < end);
  }
  const service = bind(Kinds, {
    unary() {
      busyFor(10)
      return {}
    },
  })
  const { url } = await start(listener, [service])
  const session = connect(url)
  onTestFinished(() => session.destroy())
  const [before] = await once(session, 'remoteSettings')
  expect(before.maxConcurrentStreams).toBe(INITIAL_CALLS)
  let isNarrowed = false
  const narrowed = once(session, 'remoteSettings').finally(() => {
    isNarrowed = true
  })
  async function call(): Promise<void> {
    const head = {
      ':method': 'POST',
      ':path': '/test.v1.Kinds/Unary',
      'content-type': 'application/grpc',
      te: 'trailers',
    }
    const stream = session.request(head)
    stream.end(framed(Buffer.alloc(0)))
    await once(stream.resume(), 'close')
  }
  async function keepCalling(): Promise<void> {
    while (!isNarrowed) await call()
  }
  await Promise.all(Array.from({ length: 80 }, keepCalling))
  const [after] = await narrowed
  expect(after.maxConcurrentStreams).toBeLessThan(80)
})

test.each(LISTENERS)(
  'a client of the %s listener whose calls were on their way when it was told has the calls refused that are too many',
  async (listener) => {
    const answer = Promise.withResolvers<object>()
    const { port } = await start(listener, [bind(Kinds, { unary: () => answer.promise })])
    const socket = dial(port, '127.0.0.1')
    onTestFinished(() => {
      socket.destroy()
    })
    socket.write(greedyCalls('/test.v1.Kinds/Unary', 4_000))
    const seen = new Map<number, number>()
    for await (const type of frameTypes(socket)) {
      seen.set(type, (seen.get(type) ?? 0) + 1)
      if (seen.get(FrameType.rstStream) === 4_000 - INITIAL_CALLS) answer.resolve({})
      if (seen.get(FrameType.data) === INITIAL_CALLS) break
    }
    expect(seen.get(FrameType.goaway)).toBeUndefined()
  },
)

test.each(LISTENERS)('a client of the %s listener may have 1,024 streams open on a connection', async (listener) => {
  let open = 0
  const all = Promise.withResolvers<void>()
  const service = bind(Kinds, {
    async *serverStream(_request, { signal }) {
      open += 1
      if (open === 1_024) all.resolve()
      await once(signal, 'abort')
      yield {}
    },
  })
  const { url } = await start(listener, [service])
  const session = connect(url)
  onTestFinished(() => session.destroy())
  for (let stream = 0; stream < 1_024; stream++) {
    const call = session.request({
      ':method': 'POST',
      ':path': '/test.v1.Kinds/ServerStream',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    call.on('error', () => {}).end(framed(Buffer.alloc(0)))
  }
  await all.promise
})
