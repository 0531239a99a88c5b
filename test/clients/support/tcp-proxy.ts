import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server, to lose them without a word. */
export class TcpProxy implements AsyncDisposable {
  readonly address: string
  /** Connections accepted so far. */
  connections = 0
  readonly #sockets = new Set<Socket>()
  readonly #close: () => void

  private constructor(address: string, close: () => void) {
    this.address = address
    this.#close = close
  }

  static async start(target: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(`tcp://${target}`)
    const server = createServer((socket) => {
      proxy.connections++
      const upstream = connect(Number(port), hostname)
      for (const [from, to] of [
        [socket, upstream],
        [upstream, socket],
      ] as const) {
        proxy.#sockets.add(from)
        from.on('error', () => to.destroy()).on('close', () => to.destroy())
        from.pipe(to)
      }
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const proxy = new TcpProxy(`127.0.0.1:${(server.address() as AddressInfo).port}`, () => server.close())
    return proxy
  }

  /** Swallows whatever the connections of now still carry; new ones work. */
  silence(): void {
    for (const socket of this.#sockets) socket.unpipe().resume()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close()
    for (const socket of this.#sockets) socket.destroy()
  }
}
