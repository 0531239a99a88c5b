import { once } from 'node:events'
import { connect } from 'node:http2'
import { connect as dial } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Congestion } from '../../src/transport/congestion.ts'
import type { Connection } from '../../src/transport/connection.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { FrameType, frameTypes } from './http2-bytes.ts'
import { Kinds } from './kinds.ts'
import { framed, greedyCalls } from './raw.ts'
import { LISTENERS, start } from './wires.ts'

/** The part of a connection that matters here; `told` has what its client was told. */
function connection(): Connection & { readonly told: number[] } {
  const told: number[] = []
  const made = {
    turn: -1,
    callsInTurn: 0,
    callLimit: Number.POSITIVE_INFINITY,
    told,
    limitCalls(calls: number) {
      told.push(calls)
      made.callLimit = calls
      return true
    },
  }
  return made as unknown as Connection & { readonly told: number[] }
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
    await new Loop().turns(
      4,
      150,
      new Map([
        [greedy, 900],
        [modest, 3],
      ]),
    )
    // A tenth of the time is what a turn is to take, and there are two of them.
    expect(greedy.told).toEqual([45])
    expect(modest.told).toEqual([])
  })

  test('says nothing for a turn that was long for once', async () => {
    const [loop, greedy] = [new Loop(), connection()]
    for (let time = 0; time < 10; time++) {
      await loop.turns(3, 150, new Map([[greedy, 900]]))
      await loop.turn(10, new Map([[greedy, 60]]))
    }
    expect(greedy.told).toEqual([])
  })

  test('leaves every connection a few calls', async () => {
    const [loop, greedy] = [new Loop(), connection()]
    const many = Array.from({ length: 2_000 }, (): [Connection, number] => [connection(), 1])
    await loop.turns(4, 150, new Map([...many, [greedy, 100]]))
    expect(greedy.told).toEqual([4])
  })

  test('lets them ask for more again, bit by bit while they would use it, and then for as much as ever', async () => {
    const [loop, greedy] = [new Loop(), connection()]
    await loop.turns(4, 150, new Map([[greedy, 900]]))
    expect(greedy.told).toEqual([90])
    await loop.turns(13, 20, new Map([[greedy, 90]]))
    expect(greedy.told.slice(-1)).toEqual([180])
    await loop.turns(60, 5, new Map([[greedy, 1]]))
    expect(greedy.told.slice(-1)).toEqual([Number.POSITIVE_INFINITY])
    const { length } = greedy.told
    await loop.turns(60, 5, new Map([[greedy, 1]]))
    expect(greedy.told).toHaveLength(length)
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
  expect(before.maxConcurrentStreams).toBe(1_024)
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
  await Promise.all(Array.from({ length: 32 }, keepCalling))
  const [after] = await narrowed
  expect(after.maxConcurrentStreams).toBeLessThan(32)
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
      if (seen.get(FrameType.rstStream) === 4_000 - 1_024) answer.resolve({})
      if (seen.get(FrameType.data) === 1_024) break
    }
    expect(seen.get(FrameType.goaway)).toBeUndefined()
  },
)
