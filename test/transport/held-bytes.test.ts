import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Connection } from '../../src/transport/connection.ts'
import { HeldBytes } from '../../src/transport/held-bytes.ts'
import { SharedLimits } from '../../src/transport/shared-limits.ts'
import { encodedMessage } from '../../src/wire/encoded.ts'
import { bind } from '../../src/wire/service-binding.ts'
import { BlobSchema, Kinds } from './kinds.ts'
import { greedyCalls } from './raw.ts'
import { clientOf, collect, LISTENERS, start, WIRES } from './wires.ts'

const MIB = 1024 * 1024
const answerBytes = 3 * MIB

/** A client that makes calls and reads no answer. */
async function greedy(port: number, calls: number, answered: Promise<void>): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  socket.write(greedyCalls('/test.v1.Kinds/Unary', calls))
  await answered
  return socket
}

describe.each(LISTENERS)('the %s listener', (name) => {
  async function serve(answer: () => Buffer) {
    let calls = 0
    let wanted = { calls: 0, resolve: () => {} }
    const service = bind(Kinds, {
      unary() {
        calls += 1
        if (calls === wanted.calls) setImmediate(wanted.resolve)
        return encodedMessage(BlobSchema, answer())
      },
      get: () => ({ text: 'served' }),
    })
    const server = await start(name, [service], { maxUnreadBytes: 64 * MIB })
    const wire = WIRES.find(({ listener, httpVersion }) => listener === name && httpVersion === '2')!
    return {
      ...server,
      /** Resolves once so many calls in all are answered. */
      answered: (count: number) =>
        new Promise<void>((resolve) => {
          wanted = { calls: count, resolve }
        }),
      served: () => clientOf(Kinds, wire, server.url).get({}),
    }
  }

  test('cuts off the client that leaves most unread when all together leave too much, and serves the others', async () => {
    const { port, answered, served, logged } = await serve(() => Buffer.alloc(answerBytes))
    const greediest = await greedy(port, 14, answered(14))
    const other = await greedy(port, 10, answered(24))
    await once(greediest.resume(), 'close')
    expect((await served()).text).toBe('served')
    expect(other.destroyed).toBe(false)
    expect(logged).toMatchObject([{ level: 40, msg: 'cut off: too much waits for clients, and for this one most' }])
  })

  test('lets go of a stream that is over', async () => {
    const limits = new SharedLimits(pino({ level: 'silent' }))
    const { url } = await start(name, [bind(Kinds, { async *serverStream() {} })], { limits })
    const wire = WIRES.find(({ listener, httpVersion }) => listener === name && httpVersion === '2')!
    await collect(clientOf(Kinds, wire, url).serverStream({}))
    await expect.poll(() => limits.held.total).toBe(0)
  })

  test('counts an answer that many are to read once', async () => {
    const shared = Buffer.alloc(answerBytes)
    const { port, answered, served, logged } = await serve(() => shared)
    for (let clients = 1; clients <= 5; clients++) await greedy(port, 20, answered(clients * 20))
    expect((await served()).text).toBe('served')
    expect(logged).toEqual([])
  })
})

describe('the ledger', () => {
  const client = (): Connection =>
    ({
      heldBytes: 0,
      openStreams: 0,
      isCutOff: false,
      cutOff(this: { isCutOff: boolean }) {
        this.isCutOff = true
      },
    }) as unknown as Connection

  test('has nothing left once all is released, be it shared or not', () => {
    const held = new HeldBytes(100 * MIB)
    const clients = Array.from({ length: 10 }, client)
    const shared = Buffer.alloc(MIB)
    for (const each of clients) {
      held.takeAnswer(each, shared)
      held.takeAnswer(each, Buffer.alloc(10))
      held.take(each, 1_000)
    }
    expect(held.total).toBe(MIB + 10 * 1_010)
    for (const each of clients) {
      held.releaseAnswer(each, shared)
      held.releaseAnswer(each, Buffer.alloc(10))
      held.release(each, 1_000)
    }
    expect({ total: held.total, of: clients.map(({ heldBytes }) => heldBytes) }).toEqual({
      total: 0,
      of: Array(10).fill(0),
    })
  })

  test('counts streams that stay open, and cuts off who opens most', () => {
    const held = new HeldBytes(64 * MIB)
    const [greedy, modest] = [client(), client()]
    for (const each of [greedy, modest]) held.add(each)
    for (let count = 0; count < 8_000; count++) held.openStream(greedy)
    for (let count = 0; count < 500; count++) held.openStream(modest)
    expect({ greedy: greedy.isCutOff, modest: modest.isCutOff }).toEqual({ greedy: true, modest: false })
    for (let count = 0; count < 8_000; count++) held.closeStream(greedy)
    for (let count = 0; count < 500; count++) held.closeStream(modest)
    expect(held.total).toBe(0)
  })

  test('refuses a client that would itself be the greediest', () => {
    const held = new HeldBytes(3 * MIB)
    const [asking, other] = [client(), client()]
    for (const each of [asking, other]) held.add(each)
    held.take(other, MIB)
    held.take(asking, 2 * MIB)
    expect(() => held.take(asking, MIB)).toThrow(expect.objectContaining({ reason: 'OVERLOADED' }))
    expect(other.isCutOff).toBe(false)
  })
})
