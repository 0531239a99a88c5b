import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ImportConfig } from '../config/config.ts'
import { maskUrl, parseStoreUrl } from '../config/store-url.ts'
import { Commands } from '../directory/commands.ts'
import { openSource } from '../importers/detect.ts'
import { type ImportReport, importRows, type Tally } from '../importers/import-rows.ts'
import { type Source, SourceError } from '../importers/source.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { complain, ExitCode, endSoon, explain } from './exit.ts'
import { formatJson, formatReport, type ImportRun } from './import-report.ts'
import { startProgress } from './progress.ts'
import { nameReadOnlyFolder } from './read-only-folder.ts'
import { onStopSignal } from './signals.ts'
import { grouped } from './text.ts'

/** Refused rows, and altered ones, that the report for people lists; the one for programs has them all. */
const MAX_ROWS_SHOWN = 20

/** Imports everything that the source has, and reports. */
export async function runImport(sourceName: string, config: ImportConfig): Promise<number> {
  const stopping = new AbortController()
  using _signals = onStopSignal((signal) => stopping.abort(new SourceError(`ended by ${signal}; nothing was imported`)))
  await using opened = new AsyncDisposableStack()
  opened.defer(() => {
    if (stopping.signal.aborted) endSoon(ExitCode.failed)
  })

  const source = await openSource(sourceName, { signal: stopping.signal, timeZone: config.timeZone })
  opened.defer(() => source.close())
  if (await source.isWithin(parseStoreUrl(config.store))) {
    throw new SourceError(`${maskUrl(sourceName)} is the store itself; name another --store to import into`)
  }
  const store = await openTarget(config, opened, stopping.signal)

  const startedAt = performance.now()
  const report = await importWithProgress(source, store, config, stopping.signal)
  const run: ImportRun = {
    source: maskUrl(sourceName),
    kind: source.kind,
    target: maskUrl(config.store),
    dryRun: config.dryRun,
    elapsedSeconds: (performance.now() - startedAt) / 1_000,
    ...report,
  }
  process.stdout.write(config.json ? formatJson(run) : formatReport(run))
  if (report.isInterrupted) complain('ended before the last row; import again to go on')
  return report.refused > 0 || report.altered > 0 || report.isInterrupted ? ExitCode.failed : ExitCode.done
}

async function importWithProgress(
  source: Source,
  store: Store,
  config: ImportConfig,
  signal: AbortSignal,
): Promise<ImportReport> {
  using progress = startProgress(source.approximateCount)
  let last: Tally | undefined
  try {
    return await importRows(source, new Commands(store), {
      dryRun: config.dryRun,
      signal,
      maxListed: config.json ? Number.POSITIVE_INFINITY : MAX_ROWS_SHOWN,
      onProgress(tally) {
        last = tally
        progress.show(tally.read)
      },
    })
  } catch (error) {
    if (!last || config.dryRun) throw error
    throw new SourceError(`stopped after ${grouped(last.read)} rows: ${explain(error)}; import again to go on`, {
      cause: error,
    })
  }
}

/** The store to write to. A dry run into one that does not exist yet leaves it so. */
async function openTarget(config: ImportConfig, opened: AsyncDisposableStack, signal: AbortSignal): Promise<Store> {
  const location = parseStoreUrl(config.store)
  let url = config.store
  if (config.dryRun && location.engine === 'sqlite' && !existsSync(location.path)) {
    const folder = await mkdtemp(join(tmpdir(), 'chatapi-dry-run-'))
    opened.defer(() => rm(folder, { recursive: true, force: true }))
    url = `sqlite:${join(folder, 'empty.db')}`
  }
  const store = await openStore(url, { readOnly: config.dryRun, signal }).catch((error: unknown) => {
    throw nameReadOnlyFolder(url, error)
  })
  opened.defer(() => store.close())
  return store
}
