import { setImmediate as breathe } from 'node:timers/promises'
import type { Effect, Refusal as Refused } from '../directory/activity.ts'
import type { Commands } from '../directory/commands.ts'
import type { ChatApiError } from '../domain/errors.ts'
import { MAX_BATCH } from '../domain/limits.ts'
import type { Revision } from '../domain/revision.ts'
import type { Source, SourceRow } from './source.ts'

export interface ImportOptions {
  readonly dryRun?: boolean
  /** Ends the import after the batch under way. */
  readonly signal?: AbortSignal
  /** Refused rows, and altered ones, kept for the report. Default: all. */
  readonly maxListed?: number
  /** Called after each batch. */
  readonly onProgress?: (tally: Tally) => void
}

/** What became of the rows; `read` is the sum of all others but `altered`. */
export interface Tally {
  readonly read: number
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly refused: number
  /** Those that came in, but for a value that did not fit. */
  readonly altered: number
}

/** A row that there is something to say of. */
export interface Remark {
  /** Where the row stands in its source, such as `row 17`. */
  readonly place: string
  readonly streamId: string | undefined
  readonly why: string
}

export interface ImportReport extends Tally {
  /** The revision of the last write; undefined where nothing was written. */
  readonly revision: Revision | undefined
  /** The first `maxListed` of them. */
  readonly refusals: readonly Remark[]
  /** The same of the altered ones. */
  readonly alterations: readonly Remark[]
  /** Whether the import was ended before the last row. */
  readonly isInterrupted: boolean
}

/** Writes every row of the source. Rows that cannot be are refused one by one; the others go on. */
export async function importRows(
  source: Source,
  commands: Commands,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const { dryRun = false, signal, maxListed = Number.POSITIVE_INFINITY, onProgress } = options
  const tally = { read: 0, created: 0, updated: 0, unchanged: 0, refused: 0, altered: 0 }
  const refusals: Remark[] = []
  const alterations: Remark[] = []
  let revision: Revision | undefined
  const refuse = ({ place, streamId }: SourceRow, why: string) => {
    tally.refused++
    if (refusals.length < maxListed) refusals.push({ place, streamId, why })
  }
  const alter = ({ place, streamId }: SourceRow, why: string) => {
    tally.altered++
    if (alterations.length < maxListed) alterations.push({ place, streamId, why })
  }

  for await (const rows of batches(source.rows())) {
    // A batch under way is finished: `signal` is not passed on, so that what was written is known.
    if (signal?.aborted) return { ...tally, refusals, alterations, revision, isInterrupted: true }
    for (const row of rows) if ('fault' in row) refuse(row, row.fault)
    const batch = await written(rows, commands, dryRun)
    revision = batch.revision ?? revision
    for (const [row, result] of batch.results) {
      if (result.outcome === 'refused') {
        refuse(row, reasonOf(result.error))
        continue
      }
      tally[result.outcome]++
      if ('altered' in row && row.altered !== undefined) alter(row, row.altered)
    }
    tally.read += rows.length
    onProgress?.({ ...tally })
    // An embedded store answers without waiting for anything, and would keep signals and the terminal waiting.
    await breathe()
  }
  return { ...tally, refusals, alterations, revision, isInterrupted: false }
}

/** Writes what is no fault, and returns what became of each row. */
async function written(
  rows: readonly SourceRow[],
  commands: Commands,
  dryRun: boolean,
): Promise<{ revision: Revision | undefined; results: (readonly [SourceRow, Effect | Refused])[] }> {
  const activities = rows.filter((row) => 'activity' in row)
  const streams = rows.filter((row) => 'stream' in row)
  const results: (Effect | Refused)[] = []
  let revision: Revision | undefined
  if (activities.length > 0) {
    const recorded = await commands.record(
      activities.map(({ activity }) => activity),
      { refuse: 'report', dryRun },
    )
    results.push(...recorded.results)
    revision = recorded.revision
  }
  if (streams.length > 0) {
    const takenOver = await commands.takeOver(
      streams.map(({ stream }) => stream),
      { dryRun },
    )
    results.push(...takenOver.results)
    revision = takenOver.revision ?? revision
  }
  return { revision, results: [...activities, ...streams].map((row, index) => [row, results[index]!]) }
}

function reasonOf(error: ChatApiError): string {
  if (error.violations.length === 0) return error.message
  return error.violations.map(({ field, description }) => `${field} ${description}`).join('; ')
}

async function* batches(rows: AsyncIterable<SourceRow> | Iterable<SourceRow>): AsyncGenerator<SourceRow[]> {
  let batch: SourceRow[] = []
  for await (const row of rows) {
    batch.push(row)
    if (batch.length < MAX_BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
