import type { HandlerContext } from '@connectrpc/connect'
import pino from 'pino'
import { describe, expect, it } from 'vitest'
import type { Answers } from '../../src/directory/answers.ts'
import { ChatApiError } from '../../src/domain/errors.ts'
import type { Stream } from '../../src/domain/stream.ts'
import type { Directory, Peers, RpcContext } from '../../src/rpc/context.ts'
import { openGate } from '../../src/rpc/gate.ts'
import { settled } from '../../src/rpc/settled.ts'
import { groupStream } from '../support/streams.ts'

const streams = [groupStream('1'), groupStream('2')]

/** What was waited for, and what was logged, where readers answer the wait so. */
async function settle(revision: bigint | undefined, wait: () => Promise<void>, hasPeers = false) {
  const waited: unknown[] = []
  const peers = {
    async waitFor(wanted: bigint) {
      waited.push(`all ${wanted}`)
    },
    async waitForHeld(wanted: bigint) {
      waited.push(`all that was there at ${wanted}`)
    },
  } as Partial<Peers> as Peers
  const lines: Record<string, unknown>[] = []
  const reader = {
    waitFor(wanted: bigint) {
      waited.push(wanted)
      return wait()
    },
    waitForStream({ streamId }: Stream, seen: bigint) {
      waited.push([streamId, seen])
      return wait()
    },
  } as Partial<Answers>
  const gate = openGate({ reader } as Directory)
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) })
  const context = { gate, log, ...(hasPeers && { peers }) } as RpcContext
  const told = await settled(context, { revision, seen: 6n }, streams, {} as HandlerContext)
  return { told, waited, lines }
}

describe('a write', () => {
  it('is answered once readers here see it, with its revision', async () => {
    expect(await settle(7n, async () => {})).toEqual({ told: '7', waited: [7n], lines: [] })
  })

  it('that found nothing to do is answered once readers here see what it saw', async () => {
    const waited = streams.map(({ streamId }) => [streamId, 6n])
    expect(await settle(undefined, async () => {})).toEqual({ told: '', waited, lines: [] })
  })

  it('is answered once all processes of the server show it, where there are several', async () => {
    expect(await settle(7n, async () => {}, true)).toMatchObject({ waited: [7n, 'all 7'] })
  })

  it('that found nothing to do is answered once all of them show what it saw', async () => {
    const { waited } = await settle(undefined, async () => {}, true)
    expect(waited.at(-1)).toBe('all that was there at 6')
  })

  it('is done, and so does not fail where readers here are late; the log is told', async () => {
    const late = async () => {
      throw new ChatApiError('REVISION_NOT_REACHED', 'late')
    }
    expect(await settle(7n, late)).toMatchObject({ told: '7', lines: [{ level: 40, err: { message: 'late' } }] })
  })

  it('fails where its caller is gone', async () => {
    const gone = async () => {
      throw new DOMException('gone', 'AbortError')
    }
    await expect(settle(7n, gone)).rejects.toThrow('gone')
  })
})
