import type { AbortSignalLike } from './cancellation.ts'
import type { FaultAdvice } from './faults.ts'
import type { TokenSource } from './token.ts'

/** Ten seconds: a lookup takes a millisecond, so this is the time of a server that restarts. */
export const DEFAULT_TIMEOUT_MS = 10_000

/** Where a client finds the service, and how it asks. */
export interface ClientOptions {
  /**
   * `host:port`, `http://host:port` or `https://host:port`; TLS by `https`. Without a port it is that of the protocol:
   * 50051 for gRPC and 8080 for the others when there is no scheme, else 80 or 443.
   *
   * Absent means `CHATAPI_ADDRESS`, else `127.0.0.1:50051` for gRPC and `127.0.0.1:8080` for the others. In a browser
   * it means the origin of the page.
   */
  readonly address?: string | undefined
  /**
   * Sent with every call as `authorization: Bearer …`. A function is asked before each call, so it should keep what it
   * has fetched; where the server refuses its token, it is asked once more, and the call repeated with another one.
   *
   * Absent means `CHATAPI_TOKEN`, else none; a browser has no environment.
   */
  readonly token?: string | (() => string | PromiseLike<string>) | undefined
  /**
   * Sends the token over a connection without TLS that leaves the machine. `false` by default: that shows it to the
   * network.
   */
  readonly allowPlaintextToken?: boolean | undefined
  /**
   * How the wire speaks. Node: `grpc` by default, which the gRPC port takes; the HTTP port takes all three. Browsers:
   * `connect` by default, or `grpc-web`.
   */
  readonly transport?: 'grpc' | 'connect' | 'grpc-web' | undefined
  /** `binary` by default. JSON is larger and slower, and legible in the network log of a browser. Not for gRPC. */
  readonly format?: 'binary' | 'json' | undefined
  /**
   * For each call as a whole, its retries included, in milliseconds; 10,000 by default, 0 means no limit. Not for calls
   * that stream.
   */
  readonly timeoutMs?: number | undefined
  /** Whether calls without side effects are tried again while the server is unavailable; `true` by default. */
  readonly retry?: boolean | undefined
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** What one call does differently. */
export interface CallOptions {
  /** Ends the call with a `ChatApiError` of code `CANCELLED`, whose `cause` is the signal's reason. */
  readonly signal?: AbortSignalLike | undefined
  /**
   * In place of the client's `timeoutMs`. For lists it covers each page. Calls that stream have no limit unless this
   * sets one, for the stream as a whole.
   */
  readonly timeoutMs?: number | undefined
  /** In place of the client's `retry`. */
  readonly retry?: boolean | undefined
  /** Sent with this call, in addition to the client's. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** What calls need, once the options are understood. */
export interface CallDefaults {
  /** The URL of the server, without a path. */
  readonly baseUrl: string
  readonly headers: Readonly<Record<string, string>>
  /** Undefined where there is none to send. */
  readonly token?: TokenSource | undefined
  readonly timeoutMs: number
  readonly retry: boolean
  /** Puts what a platform says about a failed connection into words. */
  readonly advise?: FaultAdvice | undefined
}
