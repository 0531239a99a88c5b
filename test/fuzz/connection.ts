import { connect, type Socket } from 'node:net'
import { AnswerCount } from './answer-count.ts'
import type { Script } from './attack.ts'

/** A server that says nothing for so long has said all it will. */
const QUIET_MS = 2_000
/** Behind the last answer something may come that should not. */
const SETTLED_MS = 10
/** A server may leave a client unread; the client then goes on to its next step. */
const WRITE_TIMEOUT_MS = 1_000
const LONGEST_MS = 8_000
/** More than any answer; what comes behind is read and dropped. */
const KEPT_BYTES = 8 * 1024 * 1024

/** What came of one connection. */
export interface Exchange {
  readonly received: Buffer
  /** Whether the server ended the connection; the client did otherwise. */
  readonly isEndedByServer: boolean
  /** Whether bytes may have been lost on the way: the connection was reset, or more came than is kept. */
  readonly isCut: boolean
  readonly isRefused: boolean
}

/** Connects, goes through the steps, waits until the server is silent, and leaves. */
export async function perform(script: Script, port: number): Promise<Exchange> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  const state = { isConnected: false, isReset: false }
  const received: Buffer[] = []
  let bytes = 0
  socket.on('connect', () => {
    state.isConnected = true
  })
  const answers = new AnswerCount()
  const answered = Promise.withResolvers<void>()
  if (!script.isDeaf) {
    socket.on('data', (chunk: Buffer) => {
      if (bytes < KEPT_BYTES) received.push(chunk)
      bytes += chunk.length
      answers.add(chunk)
      if (answers.count >= script.requests) answered.resolve()
    })
  }
  const ended = new Promise<void>((resolve) => {
    socket.once('end', resolve).once('close', resolve)
    socket.once('error', () => {
      state.isReset = true
      resolve()
    })
  })
  const isEnded = () => state.isReset || socket.readableEnded || socket.destroyed

  for (const [index, step] of script.steps.entries()) {
    if (isEnded()) break
    const next = script.steps[index + 1]
    // The end shares the segment of what stands before it.
    if ('send' in step && next && 'end' in next) socket.write(Buffer.concat(step.send))
    else if ('send' in step) await write(socket, step.send)
    else if ('waitMs' in step) await within(step.waitMs, ended)
    else if (step.end === 'fin') socket.end()
    else await reset(socket)
  }
  if (!isEnded()) await Promise.race([silence(socket), ended, answered.promise])
  if (!isEnded()) await within(SETTLED_MS, ended)
  const isEndedByServer = state.isReset || socket.readableEnded
  socket.destroy()
  return {
    received: Buffer.concat(received),
    isEndedByServer,
    isCut: state.isReset || bytes > KEPT_BYTES,
    isRefused: !state.isConnected,
  }
}

/** Resolves when nothing has come for a while, or too much for too long. */
async function silence(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const quiet = setTimeout(resolve, QUIET_MS)
  const longest = setTimeout(resolve, LONGEST_MS)
  // Listening alone would set a socket reading that is not to be read.
  if (socket.readableFlowing) socket.on('data', () => quiet.refresh())
  socket.once('close', resolve)
  await promise
  clearTimeout(quiet)
  clearTimeout(longest)
}

async function within(ms: number, ended: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([promise, ended])
  clearTimeout(timer)
}

async function write(socket: Socket, parts: readonly Uint8Array[]): Promise<void> {
  await within(WRITE_TIMEOUT_MS, new Promise((resolve) => socket.write(Buffer.concat(parts), () => resolve())))
}

async function reset(socket: Socket): Promise<void> {
  if (socket.connecting) await new Promise<void>((resolve) => socket.once('connect', resolve).once('close', resolve))
  socket.resetAndDestroy()
}
