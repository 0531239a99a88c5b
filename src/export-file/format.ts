import type { Revision } from '../domain/revision.ts'

/**
 * An export file holds the streams of one moment: JSON Lines, the first of them its header, the last its footer, and a line
 * for each stream between the two, in the order of lists.
 *
 *     {"format":"chatapi-export","version":1,"directory_id":"5d0c…","revision":"1042","export_time":"2026-01-02T03:04:05Z"}
 *     {"stream":{"streamId":"a544…","platform":"qq",…},"position":"17"}
 *     {"streams":1,"sha256":"9f86…"}
 */
export const FORMAT = 'chatapi-export'
export const VERSION = 1

/** Of which state of which directory the streams are. */
export interface ExportHeader {
  /** What tells the directory and its history from all others. */
  readonly directoryId: string
  readonly revision: Revision
  /** When it was written, in seconds since the Unix epoch. */
  readonly exportTime: number
}

/** What tells that a file is whole. */
export interface ExportFooter {
  readonly streams: number
  /** In hex, of all bytes before the footer. */
  readonly sha256: string
}

/** The file is no export file, or not as it was written. The message says why, in one line. */
export class ExportFileError extends Error {
  override readonly name = 'ExportFileError'
}
