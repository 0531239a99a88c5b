import { restorable } from '../backup/verification.ts'
import type { BackupConfig } from '../config/config.ts'
import { maskUrl } from '../config/store-url.ts'
import { MAX_BATCH } from '../domain/limits.ts'
import { formatRevision } from '../domain/revision.ts'
import { openStore, restoreStore } from '../store/open.ts'
import type { StoredStream } from '../store/store.ts'
import { formatOutcome } from './backup-report.ts'
import { openVerified } from './backup-source.ts'
import { CommandError, ExitCode, endSoon } from './exit.ts'
import { startProgress } from './progress.ts'
import { nameReadOnlyFolder } from './read-only-folder.ts'
import { onStopSignal } from './signals.ts'
import { grouped } from './text.ts'

/** Fills an empty store from a backup, and reports. */
export async function runRestore(file: string, config: BackupConfig): Promise<number> {
  const stopping = new AbortController()
  using _signals = onStopSignal((signal) =>
    stopping.abort(new CommandError(`ended by ${signal}; nothing was restored`)),
  )
  await using opened = new AsyncDisposableStack()
  opened.defer(() => {
    if (stopping.signal.aborted) endSoon(ExitCode.failed)
  })
  const { signal } = stopping
  const startedAt = performance.now()
  const { backup, verification } = await openVerified(file, signal)
  opened.defer(() => backup.close())
  if (verification.problemCount > 0) {
    const more = verification.problemCount > 1 ? ` (and ${grouped(verification.problemCount - 1)} more)` : ''
    throw new CommandError(
      `${file} is damaged, and nothing was restored: ${verification.problems[0]}${more}; chatapi verify tells all, and ` +
        'chatapi import brings in what is left of a database',
    )
  }

  using progress = startProgress(verification.streams, 'streams')
  let streams = 0
  async function* batches(): AsyncGenerator<StoredStream[]> {
    for await (const batch of restorable(backup, MAX_BATCH)) {
      signal.throwIfAborted()
      yield batch
      streams += batch.length
      progress.show(streams)
    }
    signal.throwIfAborted()
  }
  await restoreStore(config.store, { revision: backup.revision, batches: batches() }).catch((error: unknown) => {
    throw nameReadOnlyFolder(config.store, error)
  })
  const outcome = {
    file,
    store: maskUrl(config.store),
    kind: backup.kind,
    streams,
    ...(await stateOf(config.store)),
    elapsedSeconds: (performance.now() - startedAt) / 1_000,
  }
  process.stdout.write(formatOutcome('Restore', outcome, config.json))
  return ExitCode.done
}

async function stateOf(storeUrl: string): Promise<{ revision: string; directoryId: string }> {
  const store = await openStore(storeUrl)
  try {
    const { revision, directoryId } = await store.snapshot()
    return { revision: formatRevision(revision), directoryId }
  } finally {
    await store.close()
  }
}
