import type { Logger } from 'pino'
import type { CommitOptions, Mutation, Store } from './store.ts'

/** A line names no more ids of a kind than this, and says how many there are. */
const MAX_IDS = 20

/** The same store, which leaves a line in the log for each commit: who wrote what. No chat's name is in it. */
export function auditedStore(store: Store, log: Logger): Store {
  const audited: Store = Object.create(store)
  audited.commit = async (mutations, options = {}) => {
    const revision = await store.commit(mutations, options)
    log.info({ ...who(options), ...what(mutations), revision: String(revision) }, 'audit: streams were written')
    return revision
  }
  return audited
}

function who({ principal, method, requestId }: CommitOptions): object {
  return {
    ...(principal !== undefined && { principal }),
    ...(method && { method: method.name }),
    ...(requestId !== undefined && { request_id: requestId }),
  }
}

function what(mutations: readonly Mutation[]): object {
  const ids = { created: [] as string[], changed: [] as string[], removed: [] as string[] }
  for (const mutation of mutations) {
    if (mutation.kind !== 'put') ids.removed.push(mutation.streamId)
    else ids[mutation.expect === null ? 'created' : 'changed'].push(mutation.stream.streamId)
  }
  const kinds = Object.entries(ids).filter(([, of]) => of.length > 0)
  return Object.fromEntries(
    kinds.flatMap(([kind, of]) => [
      [kind, of.slice(0, MAX_IDS)],
      ...(of.length > MAX_IDS ? [[`${kind}_count`, of.length]] : []),
    ]),
  )
}
