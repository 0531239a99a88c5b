import { stat } from 'node:fs/promises'
import type { BackupConfig } from '../config/config.ts'
import { maskUrl, parseStoreUrl } from '../config/store-url.ts'
import { formatRevision } from '../domain/revision.ts'
import { copySqliteStore } from '../store/open.ts'
import { formatOutcome } from './backup-report.ts'
import { CommandError, complain, ExitCode, endSoon } from './exit.ts'
import { exportSnapshot, writeBytes } from './export-output.ts'
import { makeFile } from './new-file.ts'
import { type Progress, startProgress } from './progress.ts'
import { onStopSignal } from './signals.ts'
import { assertThere, openSnapshot } from './snapshot.ts'

/** Files of this name are databases, all others export files. */
const DATABASE_NAME = /\.(db|sqlite|sqlite3)$/i

/** Between two looks at how much of a copy is there. */
const COPY_PROGRESS_MS = 200

interface Copied {
  readonly kind: string
  readonly streams: number
  readonly revision: string
  readonly directoryId: string
  /** Documents that are no streams. */
  readonly skipped: number
}

/** Writes what a store holds into a new file, and reports. */
export async function runBackup(file: string, config: BackupConfig): Promise<number> {
  const stopping = new AbortController()
  using _signals = onStopSignal((signal) =>
    stopping.abort(new CommandError(`ended by ${signal}; ${file} was not written`)),
  )
  const startedAt = performance.now()
  const copied = await makeFile(file, (part) =>
    DATABASE_NAME.test(file)
      ? copyDatabase(part, file, config, stopping.signal)
      : exportStore(part, file, config, stopping.signal),
  ).finally(() => {
    if (stopping.signal.aborted) endSoon(ExitCode.failed)
  })
  const { size } = await stat(file)
  const outcome = {
    file,
    store: maskUrl(config.store),
    ...copied,
    bytes: size,
    elapsedSeconds: (performance.now() - startedAt) / 1_000,
  }
  process.stdout.write(formatOutcome('Backup', outcome, config.json))
  if (copied.skipped === 0) return ExitCode.done
  complain(`${copied.skipped} documents are no streams, and are not in the backup`)
  return ExitCode.failed
}

/** The database as it is, with its log. */
async function copyDatabase(part: string, file: string, config: BackupConfig, signal: AbortSignal): Promise<Copied> {
  const location = parseStoreUrl(config.store)
  if (location.engine !== 'sqlite') {
    throw new CommandError(
      `${file} names a SQLite database, and ${maskUrl(config.store)} is none; name a file such as ${file.replace(DATABASE_NAME, '.jsonl.gz')}`,
    )
  }
  assertThere(location.path)
  const { size } = await stat(location.path)
  using progress = startProgress(size, 'bytes')
  const timer = setInterval(() => showSize(part, progress), COPY_PROGRESS_MS)
  try {
    const copied = await copySqliteStore(location.path, part, signal)
    return { kind: 'SQLite database', skipped: 0, ...copied }
  } finally {
    clearInterval(timer)
  }
}

function showSize(part: string, progress: Progress): void {
  stat(part).then(
    ({ size }) => progress.show(size),
    () => {},
  )
}

async function exportStore(part: string, file: string, config: BackupConfig, signal: AbortSignal): Promise<Copied> {
  await using opened = await openSnapshot(config.store, signal)
  const { directoryId, revision } = opened.snapshot
  const isCompressed = file.endsWith('.gz')
  const streams = await exportSnapshot(opened.snapshot, (bytes) => writeBytes(part, bytes, { isCompressed, signal }))
  return { kind: 'export file', streams, revision: formatRevision(revision), directoryId, skipped: opened.skipped }
}
