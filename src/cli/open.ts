import type { openSettings } from '../config/asking.ts'
import { ConfigError, type Values } from '../config/settings.ts'
import { openStream } from '../remote/writes.ts'
import type { Asked } from './asking.ts'
import { complain, ExitCode } from './exit.ts'
import { print, printJson } from './output.ts'
import { streamTable } from './stream-table.ts'

/** Shows the stream of a chat, which is created where there is none. */
export async function open({
  directory,
  args: [target],
  options,
  json,
  signal,
}: Asked<Values<typeof openSettings>>): Promise<number> {
  const { groupId, userId } = options
  if ([target, groupId, userId].filter((chat) => chat !== undefined).length !== 1) {
    throw new ConfigError(['exactly one of TARGET, --group and --user is needed'])
  }
  const opened = await openStream(directory, { target, ...options }, signal)
  if (json) await printJson(opened.json(), signal)
  else {
    await print(`${opened.created ? 'Created' : 'Was there'}:\n\n${streamTable([opened.stream])}`, signal)
    if (opened.otherStreamIds.length > 0) {
      complain(`other streams match as well: ${opened.otherStreamIds.join(', ')}; see chatapi doctor`)
    }
  }
  return ExitCode.done
}
