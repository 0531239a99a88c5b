import { setTimeout as delay } from 'node:timers/promises'
import type { watchSettings } from '../config/asking.ts'
import { ConfigError, type Values } from '../config/settings.ts'
import type { StreamFilter } from '../domain/filter.ts'
import { RemoteError } from '../remote/remote-error.ts'
import { type WatchMessage, type WatchRequest, watchFrom } from '../remote/watch.ts'
import type { Asked } from './asking.ts'
import { CommandError, complain, ExitCode } from './exit.ts'
import { KeptToken } from './kept-token.ts'
import { print, printJson } from './output.ts'
import { shellWord } from './text.ts'
import { watchLines } from './watch-lines.ts'

/** Between two attempts to reach a server that is away: at random, up to a time that doubles between these. */
const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 5_000

/** Tells what changes until it is told to stop, also where the server goes away and comes back. */
export async function watch(asked: Asked<Values<typeof watchSettings>>): Promise<number> {
  const { options, json, signal } = asked
  const { snapshot, since, keep, ...filter } = options
  if (since !== undefined && snapshot) {
    throw new ConfigError(['--since and --snapshot exclude each other: go on, or begin with what there is'])
  }
  const kept = keep === undefined ? undefined : new KeptToken(keep)
  let token = since ?? (await kept?.read())
  const begin = snapshot ? 'snapshot' : 'now'
  try {
    for await (const message of messages(asked, filter, token === undefined ? begin : { token })) {
      if (json) await printJson(message.json(), signal)
      else await print(watchLines(message.event), signal)
      token = message.token ?? token
      if (message.token !== undefined) await kept?.keep(message.token)
    }
  } catch (error) {
    if (!signal.aborted) throw explained(error)
  } finally {
    if (token !== undefined) await kept?.write(token)
  }
  if (!json && token !== undefined) {
    complain(
      `to go on from here: chatapi watch ${keep === undefined ? `--since ${token}` : `--keep ${shellWord(keep)}`}`,
    )
  }
  return ExitCode.done
}

/** The messages of as many watches as it takes, each of which goes on where the one before ended. */
async function* messages(
  { directory, signal }: Asked,
  filter: StreamFilter,
  from: WatchRequest['from'],
): AsyncGenerator<WatchMessage, void, undefined> {
  let retryMs = FIRST_RETRY_MS
  let start = from
  let isWatching = false
  for (;;) {
    try {
      for await (const message of watchFrom(directory, { filter, from: start }, signal)) {
        yield message
        isWatching = true
        retryMs = FIRST_RETRY_MS
        if (message.token !== undefined) start = { token: message.token }
      }
    } catch (error) {
      if (!(error instanceof RemoteError) || !error.isUnavailable) throw error
      // Where nothing has answered yet, the address is more likely a slip than the server away.
      if (!isWatching && error.reason === undefined) throw error
      complain(`${error.message}; trying again`)
    }
    await delay(Math.random() * retryMs, undefined, { signal })
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
  }
}

function explained(error: unknown): unknown {
  if (!(error instanceof RemoteError) || error.reason !== 'RESUME_TOKEN_EXPIRED') return error
  return new CommandError(
    `${error.message}; what changed meanwhile is lost to this watch: begin anew without the token, with --snapshot to see what there is`,
    { cause: error },
  )
}
