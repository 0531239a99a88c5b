import { setImmediate as breathe } from 'node:timers/promises'
import { checkStream } from '../directory/checks.ts'
import { ChatApiError } from '../domain/errors.ts'
import { comparePlaces, type Place } from '../domain/place.ts'
import { streamType } from '../domain/stream.ts'
import { ExportFileError } from '../export-file/format.ts'
import type { StoredStream } from '../store/store.ts'
import type { BackupFile, BackupRow } from './backup-file.ts'

/** Whoever sees so many needs no more of them. */
const MAX_PROBLEMS = 100
const ROWS_BETWEEN_BREATHS = 1_000

/** What a backup holds, and what is wrong with it. */
export interface Verification {
  readonly streams: number
  readonly groups: number
  readonly privates: number
  readonly unknown: number
  /** The first hundred of them, each with its place. */
  readonly problems: readonly string[]
  readonly problemCount: number
}

export interface VerifyOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (rows: number) => void
}

/** Looks through all that a backup holds. */
export async function verify(backup: BackupFile, options: VerifyOptions = {}): Promise<Verification> {
  const problems = new Problems()
  for (const problem of backup.problems()) problems.add(problem)
  const counts = { group: 0, private: 0, unknown: 0 }
  const ids = new Set<string>()
  let last: Place | undefined
  let rows = 0
  try {
    for await (const row of backup.rows()) {
      if (++rows % ROWS_BETWEEN_BREATHS === 0) {
        options.onProgress?.(rows)
        await breathe()
        options.signal?.throwIfAborted()
      }
      const fault = faultOf(row, last, ids)
      if (fault !== undefined) problems.add(`${row.place}: ${fault}`)
      if ('fault' in row) continue
      ids.add(row.streamId)
      last = { position: row.position, streamId: row.streamId }
      counts[streamType(row.stream)]++
    }
  } catch (error) {
    if (!(error instanceof ExportFileError)) throw error
    problems.add(error.message)
  }
  const { group: groups, private: privates, unknown } = counts
  return { streams: groups + privates + unknown, groups, privates, unknown, ...problems.all() }
}

/** The streams of a backup in which nothing is wrong, in batches. */
export async function* restorable(backup: BackupFile, batchSize: number): AsyncGenerator<StoredStream[]> {
  let batch: StoredStream[] = []
  for await (const row of backup.rows()) {
    if ('fault' in row) throw new ExportFileError(`it was altered meanwhile: ${row.place}: ${row.fault}`)
    const { position, streamId, stream } = row
    if (batch.push({ position, streamId, stream }) < batchSize) continue
    yield batch
    batch = []
    await breathe()
  }
  if (batch.length > 0) yield batch
}

function faultOf(row: BackupRow, last: Place | undefined, ids: ReadonlySet<string>): string | undefined {
  if ('fault' in row) return row.fault
  if (ids.has(row.streamId)) return `the stream ${row.streamId} is there a second time`
  if (last && comparePlaces(last, row) >= 0) return 'it is out of order'
  try {
    checkStream(row.stream)
    return undefined
  } catch (error) {
    if (error instanceof ChatApiError) return error.message
    throw error
  }
}

class Problems {
  readonly #first: string[] = []
  #count = 0

  add(problem: string): void {
    this.#count++
    if (this.#first.length < MAX_PROBLEMS) this.#first.push(problem)
  }

  all(): Pick<Verification, 'problems' | 'problemCount'> {
    return { problems: this.#first, problemCount: this.#count }
  }
}
