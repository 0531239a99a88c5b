/** Runs in the browser: what tests ask of the page, as functions of `globalThis.page`. */
import { ChatApi, ChatApiError, type ClientOptions, createClient } from '../../../clients/typescript/src/browser.ts'
import { type Caller, callerOf } from './caller.ts'

const callers = new Map<string, Caller>()

const page = {
  /** Makes one call, through a client that is kept for its options. */
  call(options: ClientOptions, ...[call, request]: Parameters<Caller>): ReturnType<Caller> {
    const key = JSON.stringify(options)
    const caller = callers.get(key) ?? callerOf(createClient(options), Object.values(ChatApi.method))
    callers.set(key, caller)
    return caller(call, request)
  },

  /** The ids of all streams, in pages of one. */
  async streamIds(options: ClientOptions): Promise<string[]> {
    const ids: string[] = []
    for await (const { streamId } of createClient(options).allStreams({ pageSize: 1 })) ids.push(streamId)
    return ids
  },

  /** How a call fails; with `abortAfterMs` it is aborted then. */
  async failure(options: ClientOptions, abortAfterMs?: number) {
    const signal = abortAfterMs === undefined ? undefined : AbortSignal.timeout(abortAfterMs)
    try {
      await createClient(options).getStreamsSummary({}, { signal })
    } catch (error) {
      if (!(error instanceof ChatApiError)) throw error
      const { code, reasonName, message, method } = error
      return { code, reasonName, message, method }
    }
    throw new Error('the call succeeded')
  },
}

export type Page = typeof page

Object.assign(globalThis, { page })
