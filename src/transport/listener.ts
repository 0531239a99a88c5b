import type { Server, Socket } from 'node:net'

/** What every HTTP/2 connection begins with; no request in HTTP/1.1 does. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export interface Listener {
  /** Resolves with the port listened on. Throws one Error that names the address when it cannot be had. */
  listen(host: string, port: number): Promise<number>
  /**
   * Takes no new calls and ends streams, for they may have no end of their own. Other calls in flight may finish for
   * `deadlineMs`; then they are ended too, and the connections are closed.
   */
  drain(deadlineMs: number): Promise<void>
  /** Ends everything at once. */
  close(): Promise<void>
}

export function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(new Error(explain(error, host, port), { cause: error }))
    server.once('error', onError)
    server.listen({ host, port }, () => {
      server.off('error', onError)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): string {
  const reasons: Record<string, string> = {
    EADDRINUSE: 'the port is in use',
    EACCES: 'the port needs more rights than this process has',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'no such host is known',
  }
  return `cannot listen on ${host}:${port}: ${reasons[error.code ?? ''] ?? error.message}`
}

/**
 * Waits for a connection to show which HTTP it speaks and leaves what was read in the socket. A connection that does not
 * say within `timeoutMs` is cut off: whoever serves it afterwards only times what comes later.
 */
export function whenProtocolKnown(
  socket: Socket,
  timeoutMs: number,
  serve: (socket: Socket, protocol: 'http1' | 'http2') => void,
): void {
  const chunks: Buffer[] = []
  const timer = setTimeout(() => socket.destroy(), timeoutMs)
  const stop = () => {
    clearTimeout(timer)
    socket.off('readable', look).off('error', abandon).off('close', stop)
  }
  const abandon = () => socket.destroy()
  const look = () => {
    for (;;) {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) break
      chunks.push(chunk)
    }
    const bytes = Buffer.concat(chunks)
    const length = Math.min(bytes.length, PREFACE.length)
    const isPreface = bytes.subarray(0, length).equals(PREFACE.subarray(0, length))
    if (isPreface && length < PREFACE.length) return
    stop()
    // Only now: what is put back earlier makes the socket readable at once, again and again.
    socket.unshift(bytes)
    serve(socket, isPreface ? 'http2' : 'http1')
  }
  socket.on('readable', look).on('error', abandon).on('close', stop)
}
