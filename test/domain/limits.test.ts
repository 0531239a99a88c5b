import { type DescField, type DescMessage, getOption } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { type FieldRules, field as rulesOf } from '../../gen/ts/buf/validate/validate_pb.js'
import {
  ActivitySchema,
  BatchGetStreamsRequestSchema,
  ChatStreamSchema,
  GetStreamByGroupIdRequestSchema,
  GroupInfoSchema,
  OpenStreamRequestSchema,
  RecordActivityRequestSchema,
  UpdateStreamRequestSchema,
  UserInfoSchema,
} from '../../gen/ts/chatapi/v1/chat_api_pb.js'
import * as limits from '../../src/domain/limits.ts'

function rules(message: DescMessage, name: string): FieldRules {
  const field = message.fields.find((candidate) => candidate.name === name) as DescField
  return getOption(field, rulesOf)
}

function maxBytes(message: DescMessage, name: string): number {
  const { type } = rules(message, name)
  if (type.case !== 'string') throw new Error(`${message.name}.${name} has no rules for text`)
  return Number(type.value.maxBytes)
}

describe('the limits of what is stored are those of the contract', () => {
  it.each<[string, DescMessage, string, number]>([
    ['platforms', OpenStreamRequestSchema, 'platform', limits.MAX_PLATFORM_BYTES],
    ['platforms of activities', ActivitySchema, 'platform', limits.MAX_PLATFORM_BYTES],
    ['platforms of users', UserInfoSchema, 'platform', limits.MAX_PLATFORM_BYTES],
    ['platforms of groups', GroupInfoSchema, 'platform', limits.MAX_PLATFORM_BYTES],
    ['user ids', UserInfoSchema, 'user_id', limits.MAX_ID_BYTES],
    ['group ids', GroupInfoSchema, 'group_id', limits.MAX_ID_BYTES],
    ['group ids asked for', GetStreamByGroupIdRequestSchema, 'group_id', limits.MAX_ID_BYTES],
    ['accounts', ActivitySchema, 'account_id', limits.MAX_ID_BYTES],
    ['scopes', ActivitySchema, 'scope', limits.MAX_ID_BYTES],
    ['nicknames', UserInfoSchema, 'user_nickname', limits.MAX_NAME_BYTES],
    ['card names', UserInfoSchema, 'user_cardname', limits.MAX_NAME_BYTES],
    ['group names', GroupInfoSchema, 'group_name', limits.MAX_NAME_BYTES],
    ['group names of new streams', OpenStreamRequestSchema, 'group_name', limits.MAX_NAME_BYTES],
    ['names given by people', ChatStreamSchema, 'custom_name', limits.MAX_NAME_BYTES],
    ['new names given by people', UpdateStreamRequestSchema, 'custom_name', limits.MAX_NAME_BYTES],
    ['ids of streams to change', UpdateStreamRequestSchema, 'stream_id', limits.MAX_STREAM_ID_BYTES],
    ['stream ids', ChatStreamSchema, 'stream_id', limits.MAX_STREAM_ID_BYTES],
  ])('for %s', (_name, message, field, limit) => {
    expect(maxBytes(message, field)).toBe(limit)
  })

  it('for batches', () => {
    for (const [message, field] of [
      [BatchGetStreamsRequestSchema, 'stream_ids'],
      [RecordActivityRequestSchema, 'activities'],
    ] as const) {
      expect(rules(message, field).type).toMatchObject({ value: { maxItems: BigInt(limits.MAX_BATCH) } })
    }
  })

  it.each<[string, DescMessage, string]>([
    ['of new streams', OpenStreamRequestSchema, 'labels'],
    ['to set', UpdateStreamRequestSchema, 'set_labels'],
  ])('for labels %s', (_name, message, field) => {
    expect(rules(message, field).type).toMatchObject({
      value: {
        maxPairs: BigInt(limits.MAX_LABELS),
        keys: { type: { value: { maxBytes: BigInt(limits.MAX_LABEL_KEY_BYTES) } } },
        values: { type: { value: { maxBytes: BigInt(limits.MAX_LABEL_VALUE_BYTES) } } },
      },
    })
  })

  it('for labels to remove', () => {
    expect(rules(UpdateStreamRequestSchema, 'remove_labels').type).toMatchObject({
      value: {
        maxItems: BigInt(limits.MAX_LABELS),
        items: { type: { value: { maxBytes: BigInt(limits.MAX_LABEL_KEY_BYTES) } } },
      },
    })
  })
})
