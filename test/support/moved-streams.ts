import { MAX_TEXT_BYTES } from '../../src/domain/limits.ts'
import type { Stream } from '../../src/domain/stream.ts'
import { groupStream, privateStream, unknownStream } from './streams.ts'

/** Streams that hold all that a stream can hold, and a good number of plain ones, for what must move them without a loss. */
export const STREAMS: readonly Stream[] = [
  groupStream('1', {
    streamId: 'an id of its own',
    accountId: '10001',
    scope: 'a scope',
    userInfo: { platform: 'telegram', userId: '7', userNickname: 'Mai', userCardname: '' },
    createTime: -5.25,
    lastActiveTime: 1_733_061_234.123_456_7,
    labels: { team: 'blue', empty: '', $ref: 'x', 'a.b': 'c', 'nul\0': '\0', 1: 'one', 键: '值' },
    aliasIds: ['old-1', 'older-1', '旧'],
    customName: 'Cats 🐈',
    mergedChats: [
      { streamId: 'old-1', platform: 'telegram', accountId: '10001', scope: 's', groupId: '旧' },
      { streamId: 'older-1', platform: 'qq', accountId: '', scope: '', userId: '7' },
      { streamId: '旧', platform: 'discord', accountId: '', scope: '' },
    ],
  }),
  privateStream('7', { userInfo: { platform: 'qq', userId: '7' } }),
  privateStream('7', { accountId: '10001' }),
  privateStream('7', { accountId: '10001', scope: 'other', customName: 'Mai' }),
  groupStream('2', { groupInfo: { platform: 'QQ', groupId: '2', groupName: '' }, lastActiveTime: 0 }),
  groupStream('3', { groupInfo: { platform: 'qq', groupId: '3' }, platform: 'discord' }),
  unknownStream('neither', { platform: 'telegram', labels: { a: 'b' } }),
  unknownStream('neither-known', { platform: 'telegram', accountId: '10001', scope: 's' }),
  groupStream('9'.repeat(MAX_TEXT_BYTES['group_info.group_id']), {
    platform: 'p'.repeat(MAX_TEXT_BYTES.platform),
    accountId: 'a'.repeat(MAX_TEXT_BYTES.account_id),
    customName: '名'.repeat(MAX_TEXT_BYTES.custom_name / 3),
    labels: Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`${i}`.padEnd(128, 'k'), 'v'.repeat(1_024)])),
    lastActiveTime: 253_402_300_799,
  }),
  ...Array.from({ length: 1_500 }, (_, i) => groupStream(`plain ${i}`, { lastActiveTime: 1_700_000_000 + (i % 7) })),
  ...Array.from({ length: 1_000 }, (_, i) => privateStream(`plain ${i}`, { platform: i % 2 ? 'qq' : 'telegram' })),
]
