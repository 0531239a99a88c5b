/** What a GET that is no call gets. */
export interface Page {
  readonly status: number
  readonly contentType: string
  readonly body: string | Uint8Array
}

/** Answers paths that are no calls, such as `/healthz`; undefined for those that it does not know. */
export type Pages = (path: string) => Page | undefined

export function jsonPage(status: number, value: object): Page {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` }
}

export function textPage(status: number, text: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` }
}

export function healthPages(isHealthy: () => boolean): Pages {
  return (path) => {
    if (path !== '/healthz') return undefined
    return isHealthy() ? jsonPage(200, { status: 'serving' }) : jsonPage(503, { status: 'not serving' })
  }
}
