import { existsSync } from 'node:fs'
import { parseStoreUrl } from '../config/store-url.ts'
import { openStore } from '../store/open.ts'
import type { Snapshot } from '../store/store.ts'
import { CommandError, ExitCode } from './exit.ts'

/** A store as of one moment, open until it is disposed of. */
export interface OpenSnapshot extends AsyncDisposable {
  readonly snapshot: Snapshot
  /** How many documents were passed over up to now, for they are no streams. */
  readonly skipped: number
}

/** Throws where there is no such store, and makes none. */
export async function openSnapshot(storeUrl: string, signal: AbortSignal): Promise<OpenSnapshot> {
  const location = parseStoreUrl(storeUrl)
  if (location.engine === 'sqlite') assertThere(location.path)
  let skipped = 0
  const store = await openStore(storeUrl, { readOnly: true, signal, onSkipped: () => skipped++ })
  try {
    const snapshot = await store.snapshot({ signal })
    if (snapshot.directoryId === '') throw notFound('there is no collection chat_streams')
    return {
      snapshot,
      get skipped() {
        return skipped
      },
      [Symbol.asyncDispose]: () => store.close(),
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** To open a database of SQLite makes it where there is none. */
export function assertThere(path: string): void {
  if (!existsSync(path)) throw notFound(`there is no database ${path}`)
}

function notFound(what: string): CommandError {
  return new CommandError(`${what}; name another --store`, { exitCode: ExitCode.notFound })
}
