/** The ports of a server. */
export const DOORS = ['grpc', 'http'] as const
export type Door = (typeof DOORS)[number]

/** Something that a client does on its connection. */
export type Step =
  /** Writes the parts at once, so that they share TCP segments; they are kept apart for whoever leaves some out. */
  { readonly send: readonly Uint8Array[] } | { readonly waitMs: number } | { readonly end: 'fin' | 'reset' }

/** What one client does, from connecting to leaving. */
export interface Script {
  readonly steps: readonly Step[]
  /** How many requests it means to make. */
  readonly requests: number
  /** Whether it reads nothing of what it is sent. */
  readonly isDeaf?: boolean
}

export interface Attack extends Script {
  readonly kind: string
  readonly door: Door
}
