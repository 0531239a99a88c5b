import { aligned, grouped, printable } from './text.ts'

/** What a command did with a file and a store. */
export interface Outcome {
  readonly file: string
  readonly store: string
  readonly kind: string
  readonly streams: number
  readonly revision: string
  readonly directoryId: string
  readonly elapsedSeconds: number
  /** Of the file, where it was written. */
  readonly bytes?: number
}

/** For people; for programs, one object. */
export function formatOutcome(what: 'Backup' | 'Export' | 'Restore', outcome: Outcome, json: boolean): string {
  const { file, store, kind, streams, revision, bytes, elapsedSeconds } = outcome
  if (json) return `${JSON.stringify({ ...outcome, elapsedSeconds: Number(elapsedSeconds.toFixed(3)) })}\n`
  const way = what === 'Restore' ? [`${file} (${kind})`, store] : [store, `${file} (${kind})`]
  const facts: [string, string][] = [
    ['streams', grouped(streams)],
    ['revision', revision],
    ...(bytes === undefined ? [] : [['bytes', grouped(bytes)] as [string, string]]),
  ]
  return `${what}: ${way.map((end) => printable(end)).join(' -> ')}\n\n${aligned(facts, '  ')}\n  ${elapsedSeconds.toFixed(2)} s\n`
}
