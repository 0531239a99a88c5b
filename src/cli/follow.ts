import type { FollowConfig } from '../config/config.ts'
import { maskUrl, parseStoreUrl } from '../config/store-url.ts'
import { Commands } from '../directory/commands.ts'
import { EVERYTHING } from '../domain/access.ts'
import { Follower } from '../followers/follower.ts'
import { openFollowed } from '../followers/open-source.ts'
import { openStore } from '../store/open.ts'
import { ExitCode, endSoon } from './exit.ts'
import { createLog } from './log.ts'
import { nameReadOnlyFolder } from './read-only-folder.ts'
import { onStopSignal } from './signals.ts'

/** Brings into a store what bots write, until it is told to stop. */
export async function runFollow(names: readonly string[], config: FollowConfig): Promise<number> {
  const log = createLog(config)
  const stopping = new AbortController()
  using _signals = onStopSignal(() => stopping.abort())
  await using opened = new AsyncDisposableStack()
  const store = await openStore(config.store, { log, signal: stopping.signal }).catch((error: unknown) => {
    throw nameReadOnlyFolder(config.store, error)
  })
  opened.defer(() => store.close())
  const location = parseStoreUrl(config.store)
  const sources = await Promise.all(
    names.map((name) =>
      openFollowed(name, location, {
        timeZone: config.timeZone,
        onKind: (kind) => log.info({ source: maskUrl(name), kind }, 'a bot is followed'),
      }),
    ),
  )
  const commands = new Commands(store, { ...config, principal: { name: 'follow', scope: EVERYTHING } })
  const follower = new Follower({
    store,
    commands,
    sources,
    log,
    onFollowing: () => process.stdout.write(`following ${names.map(maskUrl).join(', ')}\n`),
  })
  await follower.run(stopping.signal)
  endSoon(ExitCode.done)
  return ExitCode.done
}
