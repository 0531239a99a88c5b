import type { resolveSettings } from '../config/asking.ts'
import type { Values } from '../config/settings.ts'
import { ConfigError } from '../config/settings.ts'
import type { Stream } from '../domain/stream.ts'
import { type OnPlatform, type Resolved, resolveAll } from '../remote/resolve.ts'
import type { Asked } from './asking.ts'
import { CommandError, ExitCode } from './exit.ts'
import { streamLine } from './stream-table.ts'

type PlatformOptions = Values<typeof resolveSettings>

/** The one stream that a text means; throws what the exit code says of texts that mean none or several. */
export async function streamOf(
  { directory, options, signal }: Asked<PlatformOptions>,
  target: string,
): Promise<Stream> {
  const [resolved] = await Array.fromAsync(resolveAll(directory, [target], onPlatform(options), signal))
  const [candidate, ...others] = resolved!.candidates
  if (candidate && others.length === 0) return candidate.stream
  throw candidate ? ambiguous(resolved!) : notFound(target)
}

export function onPlatform({ platform, allPlatforms }: PlatformOptions): OnPlatform {
  if (platform !== undefined && allPlatforms) {
    throw new ConfigError(['--platform and --all-platforms exclude each other: name one platform, or look on all'])
  }
  if (allPlatforms) return 'all'
  return platform === undefined ? 'default' : { only: platform }
}

function notFound(target: string): CommandError {
  return new CommandError(`no stream is ${JSON.stringify(target)}`, { exitCode: ExitCode.notFound })
}

function ambiguous({ target, candidates }: Resolved): CommandError {
  const streams = candidates.map(({ stream }) => streamLine(stream)).join('; ')
  return new CommandError(`${JSON.stringify(target)} may be any of several streams; name one by its id: ${streams}`, {
    exitCode: ExitCode.ambiguous,
  })
}
