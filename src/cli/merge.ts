import type { mergeSettings } from '../config/asking.ts'
import type { Values } from '../config/settings.ts'
import { mergeStreams } from '../remote/writes.ts'
import type { Asked } from './asking.ts'
import { ExitCode } from './exit.ts'
import { print, printJson } from './output.ts'
import { streamTable } from './stream-table.ts'
import { streamOf } from './target.ts'

/** Makes one stream of two. */
export async function merge(asked: Asked<Values<typeof mergeSettings>>): Promise<number> {
  const { directory, args, json, signal } = asked
  const source = await streamOf(asked, args[0]!)
  const target = await streamOf(asked, args[1]!)
  // An alias says that the source was merged already; then merging again is no error.
  const sourceId = source.aliasIds.includes(args[0]!) ? args[0]! : source.streamId
  const written = await mergeStreams(directory, sourceId, target.streamId, signal)
  if (json) await printJson(written.json(), signal)
  else
    await print(
      `${written.revision === '' ? 'Were one already' : 'Merged'}:\n\n${streamTable([written.stream])}`,
      signal,
    )
  return ExitCode.done
}
