import { ConnectError } from '@connectrpc/connect'
import pino from 'pino'
import { ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.js'
import type { Door } from '../../src/config/listen-address.ts'
import { createListener, type Listener } from '../../src/transport/listener.ts'
import { toConnectError } from '../../src/wire/errors.ts'
import { registry } from './protocol.ts'
import { conformanceBinding } from './service.ts'

const log = pino({ level: 'fatal' }, pino.destination({ dest: 2, sync: true }))

/** The answers of the suite repeat all that a request or two brought, within this limit for the largest of them. */
const ECHO_FACTOR = 4

/** A listener of the project as it stands, with the service of the suite behind it. */
export function conformanceListener(door: Door, maxMessageBytes: number): Listener {
  const maxAnswerBytes = ECHO_FACTOR * maxMessageBytes
  return createListener(door, {
    services: [conformanceBinding],
    log,
    maxMessageBytes,
    maxAnswerBytes,
    registry,
    toError,
  })
}

/**
 * The errors of handlers leave as they are. Those that the server finds have the code of the contract, but not its details:
 * the suite knows nothing of them.
 */
function toError(error: unknown): ConnectError {
  const known = error instanceof ConnectError ? error : toConnectError(error, log)
  if (known.findDetails(ErrorInfoSchema).length > 0) known.details = []
  return known
}
