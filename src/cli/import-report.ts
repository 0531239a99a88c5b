import type { ImportReport, Remark } from '../importers/import-rows.ts'
import { aligned, cut, grouped, printable } from './text.ts'

/** One import, as it is reported. */
export interface ImportRun extends ImportReport {
  /** Where it came from and went, without secrets. */
  readonly source: string
  readonly target: string
  readonly kind: string
  readonly dryRun: boolean
  readonly elapsedSeconds: number
}

const COUNTS = ['read', 'created', 'updated', 'unchanged', 'refused', 'altered'] as const

/** Longest text of a source that a line for people shows whole. */
const SHOWN_TEXT_LENGTH = 200

/** Below this a rate says nothing. */
const MIN_SECONDS = 0.001

/** For people. */
export function formatReport(run: ImportRun): string {
  // A line of its own where there is something to look at below.
  const names = COUNTS.filter((name) => name !== 'altered' || run.altered > 0)
  const counts = names.map((name) => grouped(run[name]))
  const width = Math.max(...counts.map((count) => count.length))
  const table = names.map((name, index) => [name, counts[index]!.padStart(width)] as const)
  const time = `${run.elapsedSeconds.toFixed(2)} s, ${grouped(rowsPerSecond(run))} rows/s`
  const heading = run.dryRun ? 'Dry run, nothing is written' : 'Import'
  return `${heading}: ${printable(run.source)} (${run.kind}) -> ${printable(run.target)}\n\n${aligned(table, '  ')}\n  ${time}\n${listed('Refused', run.refusals, run.refused)}${listed('Altered', run.alterations, run.altered)}`
}

/** For programs: one object. */
export function formatJson(run: ImportRun): string {
  return `${JSON.stringify({
    source: run.source,
    kind: run.kind,
    target: run.target,
    dryRun: run.dryRun,
    complete: !run.isInterrupted,
    ...Object.fromEntries(COUNTS.map((name) => [name, run[name]])),
    elapsedSeconds: Number(run.elapsedSeconds.toFixed(3)),
    rowsPerSecond: Math.round(rowsPerSecond(run)),
    refusals: run.refusals,
    alterations: run.alterations,
  })}\n`
}

function rowsPerSecond({ read, elapsedSeconds }: ImportRun): number {
  return read / Math.max(elapsedSeconds, MIN_SECONDS)
}

function listed(heading: string, rows: readonly Remark[], count: number): string {
  if (count === 0) return ''
  const lines = rows.map(
    ({ place, streamId, why }) => `  ${shown(place)}${streamId ? ` (${shown(streamId)})` : ''}: ${shown(why)}\n`,
  )
  const left = count - rows.length
  const more = left > 0 ? `  and ${grouped(left)} more; --json lists all\n` : ''
  return `\n${heading}:\n${lines.join('')}${more}`
}

function shown(text: string): string {
  return printable(cut(text, SHOWN_TEXT_LENGTH))
}
