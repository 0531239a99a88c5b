import type { querySettings } from '../config/asking.ts'
import type { Values } from '../config/settings.ts'
import { type QueryPage, queryPages } from '../remote/query.ts'
import type { Asked } from './asking.ts'
import { ExitCode } from './exit.ts'
import { print } from './output.ts'
import { streamTable } from './stream-table.ts'
import { grouped } from './text.ts'

/** Lists the streams that match. */
export async function query({
  directory,
  options,
  json,
  signal,
}: Asked<Values<typeof querySettings>>): Promise<number> {
  const { order, limit, all, ...filter } = options
  const pages = queryPages(directory, { filter, order, limit: all ? Number.POSITIVE_INFINITY : limit }, signal)
  if (json) await printDocument(pages, signal)
  else await printTables(pages, signal)
  return ExitCode.done
}

/** Page by page, each with columns of its own: all of them at once may be more than there is memory for. */
async function printTables(pages: AsyncIterable<QueryPage>, signal: AbortSignal): Promise<void> {
  let shown = 0
  let total = 0
  for await (const page of pages) {
    if (page.streams.length > 0) await print(streamTable(page.streams), signal)
    shown += page.streams.length
    total = page.total
  }
  if (shown < total)
    await print(`\n${grouped(shown)} of ${grouped(total)} streams; --limit COUNT or --all shows more\n`)
  else await print(shown === 0 ? 'No stream matches.\n' : `\n${grouped(total)} ${total === 1 ? 'stream' : 'streams'}\n`)
}

/** One `QueryStreamsResponse` of all pages, written as they come. */
async function printDocument(pages: AsyncIterable<QueryPage>, signal: AbortSignal): Promise<void> {
  let rest: object | undefined
  for await (const page of pages) {
    const { streams, ...others } = page.json()
    const texts = (streams as readonly object[]).map((stream) => JSON.stringify(stream))
    const start = rest === undefined ? '{"streams":[' : texts.length > 0 ? ',' : ''
    await print(start + texts.join(','), signal)
    rest = others
  }
  await print(`],${JSON.stringify(rest).slice(1)}\n`, signal)
}
