import type { Document } from 'mongodb'
import { idKey } from './bson-values.ts'

/** A document of the collection that is passed over. It stays as it is. */
export interface SkippedDocument {
  /** Its `_id` as text. */
  readonly documentId: string
  readonly reason: string
}

export interface NoticeOptions {
  /** Told once of each document that is not a stream, and of at most 100 of them. */
  readonly onSkipped?: ((document: SkippedDocument) => void) | undefined
  /** Told in one line of what the store does without: an index, a privilege, room in the list of skipped documents. */
  readonly onWarning?: ((message: string) => void) | undefined
}

/** More lines than this tell an operator nothing new. */
const MAX_SKIPPED_TOLD = 100

/** Who is told of what was read. */
export interface ReadObserver {
  /** A document that is passed over. */
  skipped(document: Document, reason: string): void
  /** A document that holds a stream. */
  held?(document: Document, streamId: string): void
  /** A document whose stream is gone. */
  gone?(document: Document): void
}

export class Notices implements ReadObserver {
  readonly #options: NoticeOptions
  readonly #skipped = new Set<string>()
  readonly #warnings = new Set<string>()

  constructor(options: NoticeOptions) {
    this.#options = options
  }

  skipped(document: Document, reason: string): void {
    const documentId = idKey(document._id)
    if (this.#skipped.has(documentId)) return
    if (this.#skipped.size >= MAX_SKIPPED_TOLD) {
      this.warn(`more than ${MAX_SKIPPED_TOLD} documents are not streams; the others are skipped without a word`)
      return
    }
    this.#skipped.add(documentId)
    this.#options.onSkipped?.({ documentId, reason })
  }

  /** Repeats nothing. */
  warn(message: string): void {
    if (this.#warnings.has(message)) return
    this.#warnings.add(message)
    this.#options.onWarning?.(message)
  }
}
