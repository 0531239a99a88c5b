import { setImmediate as breathe } from 'node:timers/promises'
import type { Activity } from '../directory/activity.ts'
import type { Commands } from '../directory/commands.ts'
import type { ChatApiError } from '../domain/errors.ts'
import { MAX_BATCH } from '../domain/limits.ts'
import type { Source, SourceRow } from './source.ts'

export interface ImportOptions {
  readonly dryRun?: boolean
  /** Ends the import after the batch under way. */
  readonly signal?: AbortSignal
  /** Refusals kept for the report. Default: all. */
  readonly maxRefusals?: number
  /** Called after each batch. */
  readonly onProgress?: (tally: Tally) => void
}

/** What became of the rows; `read` is the sum of the others. */
export interface Tally {
  readonly read: number
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly refused: number
}

export interface Refusal {
  /** Where the row stands in its source, such as `row 17`. */
  readonly place: string
  readonly streamId: string | undefined
  readonly why: string
}

export interface ImportReport extends Tally {
  /** The first `maxRefusals` of them. */
  readonly refusals: readonly Refusal[]
  /** Whether the import was ended before the last row. */
  readonly isInterrupted: boolean
}

interface Readable {
  readonly row: SourceRow
  readonly activity: Activity
}

/** Records every row of the source. Rows that cannot be are refused one by one; the others go on. */
export async function importRows(
  source: Source,
  commands: Commands,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const { dryRun = false, signal, maxRefusals = Number.POSITIVE_INFINITY, onProgress } = options
  const tally = { read: 0, created: 0, updated: 0, unchanged: 0, refused: 0 }
  const refusals: Refusal[] = []
  const refuse = ({ place, streamId }: SourceRow, why: string) => {
    tally.refused++
    if (refusals.length < maxRefusals) refusals.push({ place, streamId, why })
  }

  for await (const rows of batches(source.rows())) {
    // A batch under way is finished: `signal` is not passed on, so that what was written is known.
    if (signal?.aborted) return { ...tally, refusals, isInterrupted: true }
    const readable: Readable[] = []
    for (const row of rows) {
      if ('fault' in row) refuse(row, row.fault)
      else readable.push({ row, activity: row.activity })
    }
    const activities = readable.map(({ activity }) => activity)
    const { results } = await commands.record(activities, { refuse: 'report', dryRun })
    for (const [index, result] of results.entries()) {
      if (result.outcome === 'refused') refuse(readable[index]!.row, reasonOf(result.error))
      else tally[result.outcome]++
    }
    tally.read += rows.length
    onProgress?.({ ...tally })
    // An embedded store answers without waiting for anything, and would keep signals and the terminal waiting.
    await breathe()
  }
  return { ...tally, refusals, isInterrupted: false }
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
