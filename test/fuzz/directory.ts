import { setTimeout as sleep } from 'node:timers/promises'
import { PROBED, post } from './lookup.ts'

const BATCH = 1_000
const LISTS = ['GetAllStreams', 'GetGroupStreams', 'GetPrivateStreams']
const PAGE_SIZES = [1, 10]
const LOADING_RETRY_MS = 50
const MAX_RETRIES = 200

/** Records chats, always the same, and returns tokens of pages of their lists. */
export async function fillDirectory(httpPort: number, streams: number): Promise<string[]> {
  await record(httpPort, [{ platform: PROBED.platform, groupInfo: { groupId: PROBED.groupId } }])
  for (let start = 0; start < streams; start += BATCH) {
    const count = Math.min(BATCH, streams - start)
    await record(
      httpPort,
      Array.from({ length: count }, (_, offset) => activity(start + offset)),
    )
  }
  const tokens: string[] = []
  for (const list of LISTS) {
    for (const pageSize of PAGE_SIZES) {
      const { nextPageToken } = (await call(httpPort, list, { pageSize })) as { nextPageToken: string }
      tokens.push(nextPageToken)
    }
  }
  return tokens
}

function activity(index: number): unknown {
  const user = { userId: String(1_787_000_000 + index), userNickname: `用户 ${index}` }
  const group = { groupId: String(1_001 + index), groupName: `Group ${index} 🐱` }
  const activeTime = new Date(1_740_000_000_000 + 1_000 * index).toISOString()
  const platform = index % 5 === 0 ? 'telegram' : 'qq'
  return { platform, userInfo: user, ...(index % 3 > 0 && { groupInfo: group }), activeTime }
}

async function record(port: number, activities: readonly unknown[]): Promise<void> {
  const times = { activeTime: '2025-02-20T23:13:39Z' }
  await call(port, 'RecordActivity', { activities: activities.map((one) => ({ ...times, ...(one as object) })) })
}

/** A directory that still loads is asked again. */
async function call(port: number, method: string, question: unknown): Promise<unknown> {
  for (let tries = 0; ; tries++) {
    const { status, body } = await post(port, `/chatapi.v1.ChatApi/${method}`, question)
    if (status === 200) return body
    if (status !== 503 || tries === MAX_RETRIES) throw new Error(`${method}: HTTP ${status}: ${JSON.stringify(body)}`)
    await sleep(LOADING_RETRY_MS)
  }
}
