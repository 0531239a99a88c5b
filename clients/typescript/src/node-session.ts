import type { ClientHttp2Stream } from 'node:http2'
import { Http2SessionManager } from '@connectrpc/connect-node'

/**
 * The connection of a client. A session that was given up can still emit errors, with nobody listening any more, which
 * would end the process; here somebody always does. The calls have failed by then.
 */
export class SessionManager extends Http2SessionManager {
  override async request(...args: Parameters<Http2SessionManager['request']>): Promise<ClientHttp2Stream> {
    const stream = await super.request(...args)
    const { session } = stream
    if (session?.listenerCount('error', ignore) === 0) session.on('error', ignore)
    return stream
  }
}

function ignore(): void {}
