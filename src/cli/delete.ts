import type { deleteSettings } from '../config/asking.ts'
import type { Values } from '../config/settings.ts'
import { deleteStream } from '../remote/writes.ts'
import type { Asked } from './asking.ts'
import { ExitCode } from './exit.ts'
import { print, printJson } from './output.ts'
import { streamLine } from './stream-table.ts'
import { streamOf } from './target.ts'
import { printable } from './text.ts'

/** Takes streams out of the directory: all that are named, or, where one of the texts is not clear, none. */
export async function deleteAll(asked: Asked<Values<typeof deleteSettings>>): Promise<number> {
  const { directory, args, json, signal } = asked
  const streams = new Map<string, string>()
  for (const target of args) {
    const stream = await streamOf(asked, target)
    streams.set(stream.streamId, streamLine(stream))
  }
  const deleted = []
  for (const [streamId, line] of streams) {
    const answer = await deleteStream(directory, streamId, signal)
    deleted.push({ streamId, ...answer.json() })
    if (!json) await print(`Deleted: ${printable(line)}\n`, signal)
  }
  if (json) await printJson(args.length === 1 ? deleted[0]! : { deleted }, signal)
  return ExitCode.done
}
