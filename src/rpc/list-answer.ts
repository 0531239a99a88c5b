import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { List } from '../directory/answers.ts'
import { ChatApiError } from '../domain/errors.ts'
import { formatRevision, type Revision } from '../domain/revision.ts'

const NEXT_PAGE_TOKEN_FIELD = 2
const TOTAL_SIZE_FIELD = 3
const REVISION_FIELD = 4
/** What an answer may need beside its streams: the total, the revision, and the longest token. */
export const TAIL_BYTES = 1_024

type Whole = Pick<List, 'total'> & { readonly next: unknown }

/**
 * Throws LIST_TOO_LARGE where what was asked for whole goes on behind what there is room for.
 *
 * @param most what an answer may hold, in words
 */
export function assertComplete({ total, next }: Whole, maxBytes: number, most = `${maxBytes} bytes`): void {
  if (!next) return
  throw new ChatApiError(
    'LIST_TOO_LARGE',
    `the list has ${total} streams, more than fit an answer of ${most}: ask for pages with page_size`,
    { metadata: { total_size: String(total), max_bytes: String(maxBytes) } },
  )
}

/** A list as an answer has it. The revision comes last: all before it stays as it is while the streams do. */
export function encodeList({ frames, total, revision }: Omit<List, 'next'>, nextPageToken: string): Buffer {
  const tail = new BinaryWriter()
  if (nextPageToken !== '') tail.tag(NEXT_PAGE_TOKEN_FIELD, WireType.LengthDelimited).string(nextPageToken)
  if (total !== 0) tail.tag(TOTAL_SIZE_FIELD, WireType.Varint).int32(total)
  return Buffer.concat([...frames, tail.finish(), encodeRevision(revision)])
}

export function encodeRevision(revision: Revision): Uint8Array {
  return new BinaryWriter().tag(REVISION_FIELD, WireType.LengthDelimited).string(formatRevision(revision)).finish()
}
