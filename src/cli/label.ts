import type { labelSettings } from '../config/asking.ts'
import { ConfigError, type Values } from '../config/settings.ts'
import { parseLabels } from '../config/stream-kinds.ts'
import { updateStream } from '../remote/writes.ts'
import type { Asked } from './asking.ts'
import { ExitCode } from './exit.ts'
import { print, printJson } from './output.ts'
import { streamTable } from './stream-table.ts'
import { streamOf } from './target.ts'

/** Sets and removes labels of a stream. */
export async function label(asked: Asked<Values<typeof labelSettings>>): Promise<number> {
  const { directory, args, options, json, signal } = asked
  const [target, ...texts] = args
  const setLabels = labelsOf(texts)
  const removeLabels = options.remove ?? []
  if (texts.length === 0 && removeLabels.length === 0) {
    throw new ConfigError(['nothing to do; give a LABEL as KEY=VALUE, or --remove KEY'])
  }
  const { streamId } = await streamOf(asked, target!)
  const written = await updateStream(directory, streamId, { setLabels, removeLabels }, signal)
  if (json) await printJson(written.json(), signal)
  else await print(streamTable([written.stream]), signal)
  return ExitCode.done
}

function labelsOf(texts: readonly string[]): Readonly<Record<string, string>> {
  try {
    return parseLabels(texts)
  } catch (error) {
    throw new ConfigError([(error as Error).message])
  }
}
