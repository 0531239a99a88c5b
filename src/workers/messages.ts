import type { Config } from '../config/config.ts'
import type { Door } from '../config/listen-address.ts'
import type { Readiness } from '../directory/readiness.ts'
import type { Revision } from '../domain/revision.ts'
import type { MetricValues } from '../telemetry/pooled-metrics.ts'

/** What the supervisor says to a worker. */
export type ToWorker =
  /** The first word. `checksStore`: a store that was left open is looked through, by one worker for all. */
  | { readonly kind: 'start'; readonly config: Config; readonly checksStore: boolean }
  /** Serve this connection; its socket comes with the message. Answered by `taken`. */
  | { readonly kind: 'connection'; readonly id: number; readonly door: Door }
  /** The answer to `join`: from now on others wait for this view. Nothing older than `least` may be answered. */
  | { readonly kind: 'joined'; readonly least: Revision }
  /** Say `holds` once the view holds this revision. */
  | { readonly kind: 'hold'; readonly revision: Revision }
  /** Answer nothing older than this revision from now on; say `fenced` at once. */
  | { readonly kind: 'fence'; readonly revision: Revision }
  /** The answer to `settle`. */
  | { readonly kind: 'settled'; readonly revision: Revision }
  /** What the server as a whole is ready for. */
  | { readonly kind: 'readiness'; readonly readiness: Readiness }
  /** Ask the clients to make their further calls on new connections. */
  | { readonly kind: 'shed' }
  /** Answered by `measured`. */
  | { readonly kind: 'measure'; readonly id: number }
  /** The answer to `metrics`. */
  | { readonly kind: 'metrics'; readonly id: number; readonly text: string }
  /** Let the calls in flight finish, and end. */
  | { readonly kind: 'drain' }

/** What a worker says to the supervisor. */
export type ToSupervisor =
  /** The store is open, and connections can come. */
  | { readonly kind: 'up' }
  /** It drains of itself: no more connections. */
  | { readonly kind: 'leaving' }
  /** The last word of a worker that cannot serve, for people. */
  | { readonly kind: 'failed'; readonly message: string }
  /** The connection is served here. Nobody else may serve it any more. */
  | { readonly kind: 'taken'; readonly id: number }
  | { readonly kind: 'closed'; readonly id: number }
  /** The view is loaded, up to `revision`; without a view, nothing has to be. Answered by `joined`. */
  | { readonly kind: 'join'; readonly revision: Revision }
  | { readonly kind: 'holds'; readonly revision: Revision }
  | { readonly kind: 'fenced'; readonly revision: Revision }
  /** Say `settled` once every worker shows this revision. One at a time: the next comes after the answer. */
  | { readonly kind: 'settle'; readonly revision: Revision }
  /** What this worker is ready for. */
  | { readonly kind: 'readiness'; readonly readiness: Readiness }
  | { readonly kind: 'measured'; readonly id: number; readonly values: MetricValues }
  /** Somebody asks for the metrics of all. */
  | { readonly kind: 'metrics'; readonly id: number }
