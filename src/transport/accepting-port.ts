import { createServer, type Socket } from 'node:net'
import { listenOn } from './listen-on.ts'

/** A port whose connections are for other processes to serve: nothing is read from them here. */
export class AcceptingPort {
  readonly #server = createServer({ pauseOnConnect: true, noDelay: true })

  /** @param take given each connection */
  constructor(take: (socket: Socket) => void) {
    this.#server.on('connection', take)
  }

  /** Resolves with the port listened on. Throws one Error that names the address when it cannot be had. */
  listen(host: string, port: number): Promise<number> {
    return listenOn(this.#server, host, port)
  }

  /** Accepts no more. Those that were accepted go on. */
  close(): void {
    if (this.#server.listening) this.#server.close()
  }
}
