import { randomInt } from 'node:crypto'
import type { AnyMessage } from '../wire/service-binding.ts'
import type { Format } from './protocols/format.ts'
import type { Route } from './route.ts'

/** A longer request is decoded whenever it comes: those that come all day name one chat, or none. */
const MAX_BYTES = 128
/** How many requests are known at most, which takes about 4 MB; a power of two. */
const PLACES = 8_192

interface Known {
  readonly route: Route
  readonly format: Format
  readonly bytes: Uint8Array
  readonly message: AnyMessage
}

/**
 * Decodes requests and validates them, and knows those that came before: plugins ask for the same chats all day, and to find
 * out what a lookup asks for costs several times what it costs to answer it.
 *
 * The hash of a request says which two places it may have. One that is taken changes hands where another request asks for it
 * twice in a row, so that traffic that never repeats itself displaces nothing.
 */
export class KnownRequests {
  readonly #lastHashes = new Uint32Array(PLACES)
  readonly #known: (Known | undefined)[] = new Array(PLACES).fill(undefined)
  /** Strangers shall not know which requests share a place. */
  readonly #seed = randomInt(2 ** 32)

  /** The message of a request, which may be shared and is not to be changed. Throws where it is none, or not valid. */
  read(route: Route, format: Format, bytes: Uint8Array): AnyMessage {
    if (bytes.byteLength > MAX_BYTES) return decode(route, format, bytes)
    const hash = hashOf(bytes, this.#seed ^ route.number)
    const place = hash & (PLACES - 1)
    const known = this.#at(place, route, format, bytes) ?? this.#at(place ^ 1, route, format, bytes)
    if (known) return known
    const message = decode(route, format, bytes)
    const free = [place, place ^ 1].find((each) => this.#known[each] === undefined)
    const kept = free ?? (this.#lastHashes[place] === hash ? place : undefined)
    if (kept !== undefined) {
      this.#known[kept] = { route, format, bytes: Uint8Array.from(bytes), message: Object.freeze(message) }
    }
    this.#lastHashes[place] = hash
    return message
  }

  #at(place: number, route: Route, format: Format, bytes: Uint8Array): AnyMessage | undefined {
    const known = this.#known[place]
    const isSame = known && known.route === route && known.format === format && isEqual(known.bytes, bytes)
    return isSame ? known.message : undefined
  }
}

function decode({ method, validate }: Route, format: Format, bytes: Uint8Array): AnyMessage {
  const message: AnyMessage = format.decode(method.input, bytes)
  validate?.(message, method)
  return message
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  for (let index = 0; index < bytes.length; index++) hash = Math.imul(hash ^ bytes[index]!, 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}
