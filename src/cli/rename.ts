import type { renameSettings } from '../config/asking.ts'
import { ConfigError, type Values } from '../config/settings.ts'
import { updateStream } from '../remote/writes.ts'
import type { Asked } from './asking.ts'
import { ExitCode } from './exit.ts'
import { print, printJson } from './output.ts'
import { streamTable } from './stream-table.ts'
import { streamOf } from './target.ts'

/** Gives a stream a name, or takes it away. */
export async function rename(asked: Asked<Values<typeof renameSettings>>): Promise<number> {
  const { directory, args, options, json, signal } = asked
  const [target, name] = args
  if ((name !== undefined && name !== '') === options.clear) {
    throw new ConfigError(['give a NAME, or --clear to take the name away'])
  }
  const { streamId } = await streamOf(asked, target!)
  const written = await updateStream(directory, streamId, { customName: options.clear ? '' : name }, signal)
  if (json) await printJson(written.json(), signal)
  else await print(streamTable([written.stream]), signal)
  return ExitCode.done
}
