import type { StreamFilter } from '../../domain/filter.ts'
import type { Caller } from '../../domain/patience.ts'
import type { ResumePoint } from '../../domain/resume-token.ts'
import type { Revision } from '../../domain/revision.ts'
import type { TableSnapshot } from '../table-snapshot.ts'
import type { AppliedCommit } from './changes.ts'

/** Who is told of what changes in the copy in memory. */
export interface Audience {
  /** Whether anybody listens: else nothing needs to be put together for them. */
  readonly isListening: boolean
  /** A commit shows, up to this point. */
  tell(commit: AppliedCommit, point: ResumePoint): void
  /** Commits were missed, or what is held is about to be read anew. */
  missed(): void
}

/** The copy in memory that watches are fed from. */
export interface Watchable {
  audience: Audience
  /** Where it stands. Throws while it loads. */
  readonly point: ResumePoint
  readonly directoryId: string
  /** The streams that match, as of `point`, to be read bit by bit. */
  snapshot(filter: StreamFilter): TableSnapshot
  waitFor(revision: Revision, options?: Caller): Promise<void>
}
