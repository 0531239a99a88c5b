import type { ImportReport } from '../importers/import-rows.ts'
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

const COUNTS = ['read', 'created', 'updated', 'unchanged', 'refused'] as const

/** Longest text of a source that a line for people shows whole. */
const SHOWN_TEXT_LENGTH = 200

/** Below this a rate says nothing. */
const MIN_SECONDS = 0.001

/** For people. */
export function formatReport(run: ImportRun): string {
  const counts = COUNTS.map((name) => grouped(run[name]))
  const width = Math.max(...counts.map((count) => count.length))
  const table = COUNTS.map((name, index) => [name, counts[index]!.padStart(width)] as const)
  const time = `${run.elapsedSeconds.toFixed(2)} s, ${grouped(rowsPerSecond(run))} rows/s`
  const heading = run.dryRun ? 'Dry run, nothing is written' : 'Import'
  return `${heading}: ${printable(run.source)} (${run.kind}) -> ${printable(run.target)}\n\n${aligned(table, '  ')}\n  ${time}\n${refusals(run)}`
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
  })}\n`
}

function rowsPerSecond({ read, elapsedSeconds }: ImportRun): number {
  return read / Math.max(elapsedSeconds, MIN_SECONDS)
}

function refusals(run: ImportRun): string {
  if (run.refused === 0) return ''
  const lines = run.refusals.map(
    ({ place, streamId, why }) => `  ${shown(place)}${streamId ? ` (${shown(streamId)})` : ''}: ${shown(why)}\n`,
  )
  const left = run.refused - run.refusals.length
  const more = left > 0 ? `  and ${grouped(left)} more; --json lists all\n` : ''
  return `\nRefused:\n${lines.join('')}${more}`
}

function shown(text: string): string {
  return printable(cut(text, SHOWN_TEXT_LENGTH))
}
