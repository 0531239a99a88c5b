import { stat } from 'node:fs/promises'
import type { ExportConfig } from '../config/config.ts'
import { maskUrl } from '../config/store-url.ts'
import { formatRevision } from '../domain/revision.ts'
import { connectTo } from '../remote/connect.ts'
import { exportFrom } from '../remote/export.ts'
import { formatOutcome } from './backup-report.ts'
import { CommandError, complain, ExitCode, endSoon } from './exit.ts'
import { type Exported, exportSnapshot, printBytes, writeBytes } from './export-output.ts'
import { makeFile } from './new-file.ts'
import { onStopSignal } from './signals.ts'
import { openSnapshot } from './snapshot.ts'

const STDOUT = '-'

/** Writes what a server, or a store, has to an export file or to stdout. */
export async function runExport(file: string, config: ExportConfig): Promise<number> {
  const stopping = new AbortController()
  using _signals = onStopSignal((signal) =>
    stopping.abort(new CommandError(`ended by ${signal}; the export is not whole`)),
  )
  const { signal } = stopping
  await using opened = new AsyncDisposableStack()
  opened.defer(() => {
    if (signal.aborted) endSoon(ExitCode.failed)
  })
  if (config.store !== undefined) {
    const snapshot = opened.use(await openSnapshot(config.store, signal))
    await write(file, maskUrl(config.store), snapshot.snapshot, config, signal)
    if (snapshot.skipped === 0) return ExitCode.done
    complain(`${snapshot.skipped} documents are no streams, and are not in the export`)
    return ExitCode.failed
  }
  const remote = opened.use(connectTo(config.address, config.token))
  await write(file, remote.url, await exportFrom(remote, signal), config, signal)
  return ExitCode.done
}

async function write(
  file: string,
  source: string,
  exported: Exported,
  { json }: ExportConfig,
  signal: AbortSignal,
): Promise<void> {
  if (file === STDOUT) {
    await exportSnapshot(exported, (bytes) => printBytes(bytes, signal))
    return
  }
  const startedAt = performance.now()
  const isCompressed = file.endsWith('.gz')
  const streams = await makeFile(file, (part) =>
    exportSnapshot(exported, (bytes) => writeBytes(part, bytes, { isCompressed, signal })),
  )
  const outcome = {
    file,
    store: source,
    kind: 'export file',
    streams,
    revision: formatRevision(exported.revision),
    directoryId: exported.directoryId,
    bytes: (await stat(file)).size,
    elapsedSeconds: (performance.now() - startedAt) / 1_000,
  }
  process.stdout.write(formatOutcome('Export', outcome, json))
}
