import type { Readiness } from '../directory/readiness.ts'

/** What a GET that is no call gets. */
export interface Page {
  readonly status: number
  readonly contentType: string
  readonly body: string | Uint8Array
}

/** Who asks for a page. */
export interface Visitor {
  readonly authorization: string | undefined
  readonly certificateNames: readonly string[]
}

/** Answers paths that are no calls, such as `/healthz`; undefined for those that it does not know. Throws to refuse one. */
export type Pages = (path: string, visitor: Visitor) => Page | Promise<Page> | undefined

export function jsonPage(status: number, value: object): Page {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` }
}

export function textPage(status: number, text: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` }
}

const ALIVE = Object.freeze(jsonPage(200, { status: 'alive' }))

/** `/healthz`: the process lives. `/readyz`: what it is ready for, and why not for the rest. */
export function healthPages(readinessOf: () => Readiness): (path: string) => Page | undefined {
  return (path) => {
    if (path === '/healthz') return ALIVE
    return path === '/readyz' ? readyPage(readinessOf()) : undefined
  }
}

function readyPage({ isServing, takesWrites, reason }: Readiness): Page {
  return jsonPage(isServing ? 200 : 503, {
    status: wordFor(isServing),
    writes: wordFor(takesWrites),
    ...(reason !== undefined && { reason }),
  })
}

function wordFor(isServing: boolean): string {
  return isServing ? 'serving' : 'not serving'
}
