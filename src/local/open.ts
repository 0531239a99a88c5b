import type { Logger } from 'pino'
import { maskUrl } from '../config/store-url.ts'
import { packageVersion } from '../config/version.ts'
import { Answers } from '../directory/answers.ts'
import { Commands } from '../directory/commands.ts'
import { DirectReader } from '../directory/direct.ts'
import { Exports } from '../directory/exports.ts'
import { View } from '../directory/view.ts'
import { Watches } from '../directory/watch/watches.ts'
import { unlessAborted } from '../domain/aborting.ts'
import { EVERYTHING } from '../domain/access.ts'
import { Uploads, uploadsFolder } from '../importers/uploads.ts'
import { type Answering, clientOver } from '../remote/connect.ts'
import { chatApi } from '../rpc/chat-api.ts'
import { openGate } from '../rpc/gate.ts'
import { openStore } from '../store/open.ts'
import { StoreUnavailableError } from '../store/store.ts'
import { frames } from '../wire/frames.ts'
import { watchEncoder } from '../wire/watch-encoder.ts'
import { transportTo } from './transport.ts'

/** What an answer in this process may hold. */
const MAX_MESSAGE_BYTES = 67_108_864

/** A store that answers as a server of it would, until it is disposed of. */
export interface Local extends Answering, AsyncDisposable {}

export interface LocalOptions {
  readonly log: Logger
  /** Makes nothing that the store lacks. */
  readonly readOnly: boolean
  readonly signal: AbortSignal
}

/** Opens a store, and reads it into memory where it can tell what changes meanwhile. */
export async function openLocally(storeUrl: string, { log, readOnly, signal }: LocalOptions): Promise<Local> {
  await using opening = new AsyncDisposableStack()
  const store = await openStore(storeUrl, { log, readOnly, signal, check: false })
  opening.defer(() => store.close())
  const view = store.capabilities.watch ? new View(store, frames, log) : undefined
  if (view) {
    const ending = new AbortController()
    const following = view.follow(ending.signal)
    opening.defer(async () => {
      ending.abort()
      await following.catch(() => {})
    })
    await unlessAborted(Promise.race([view.loaded, following]), [signal])
  }
  const watches = view && new Watches({ view, feed: store, encoder: watchEncoder, codec: frames })
  const gate = openGate({
    reader: new Answers(view ?? new DirectReader(store, frames), frames),
    commands: new Commands(store),
    exports: new Exports(store),
    watch: watches && ((request, caller, ended) => watches.watch(request, EVERYTHING, caller, ended)),
  })
  const url = maskUrl(storeUrl)
  const startTime = Date.now() / 1_000
  const binding = chatApi({
    gate,
    log,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    uploads: new Uploads(uploadsFolder(storeUrl)),
    serverFacts: () => ({
      version: packageVersion(),
      store: url,
      lagSeconds: view?.lagSeconds ?? 0,
      watchers: watches?.size ?? 0,
      followers: 0,
      workers: 1,
      configuration: {},
      startTime,
    }),
  })
  const opened = opening.move()
  return {
    client: clientOver(transportTo(binding, log)),
    url,
    async writesRefused(asking) {
      try {
        await store.probe({ signal: asking })
        return undefined
      } catch (error) {
        if (error instanceof StoreUnavailableError) return error.message
        throw error
      }
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
