/** A program that uses what a user does, types included. */
export function userProgram(specifier: string): string {
  return `
import { type CallOptions, type ChatApiClient, ChatApiError, type ChatStream, ChatStreamSchema, createClient, ErrorReason,
  SpecialType, StreamType } from '${specifier}'

const client: ChatApiClient = createClient({ timeoutMs: 5_000 })
const options: CallOptions = { signal: AbortSignal.timeout(5_000) }
const opened = await client.openStream({ platform: 'qq', groupId: '941657197', groupName: 'Mai' }, options)
const stream: ChatStream | undefined = opened.stream
const names: string[] = []
for await (const { displayName } of client.allStreams({ specialType: SpecialType.ALL_PLATFORMS })) names.push(displayName)
const total: bigint = (await client.getStreamsSummary()).totalStreams
let reason: ErrorReason | undefined
try {
  await client.getStream({ streamId: 'nowhere' })
} catch (error) {
  if (error instanceof ChatApiError) reason = error.reason
}
const isGroup: boolean = stream?.type === StreamType.GROUP
console.log(JSON.stringify({ names, total: String(total), isGroup, reason, schema: ChatStreamSchema.typeName }))
client.close()
`
}

/** What it prints with an empty directory. */
export const USER_OUTPUT = {
  names: ['Mai (qq:group:941657197)'],
  total: '1',
  isGroup: true,
  reason: 7,
  schema: 'chatapi.v1.ChatStream',
}
