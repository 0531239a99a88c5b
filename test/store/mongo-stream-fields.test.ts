import { BSON, type Document, Double, Int32, Long, MaxKey, ObjectId, Timestamp } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { decode, encode } from '../../src/store/mongo/documents.ts'
import { deserialized, streamFields } from '../../src/store/mongo/stream-fields.ts'
import { AT_LIMITS, intGroup, intUser, NO_STREAMS, OVER_LIMITS } from '../support/maibot-collection.ts'
import { groupStream } from '../support/streams.ts'

const ours = groupStream('1')
const bots = intGroup(1, 1)

const documents: Readonly<Record<string, Document>> = {
  'a group of ours': encode(ours, 1),
  'a stream of ours with all there can be': encode(
    {
      ...ours,
      accountId: '1',
      scope: 's',
      customName: '麦麦',
      labels: { a: 'b', $ref: 'c' },
      aliasIds: ['one', 'two'],
    },
    Number.MAX_SAFE_INTEGER,
  ),
  'a group of the bot': bots,
  'a private chat of the bot': intUser(1, 2),
  'ids beyond what a number holds': intGroup(1, 1, { group_info: { platform: 'qq', group_id: Long.MAX_VALUE } }),
  'fields in another order': Object.fromEntries(Object.entries(bots).reverse()),
  'names that begin as others do': { ...bots, stream: 1, stream_id_2: 2, platforms: 3, user_info_2: { user_id: '9' } },
  'fields that nobody knows, of many types': {
    ...{
      a: true,
      b: new Date(0),
      c: [1, { stream_id: 'x' }],
      d: null,
      e: new Int32(1),
      f: Long.ONE,
      g: new ObjectId(),
    },
    ...bots,
  },
  'a field that nobody knows, of a rare type': { rare: /x/, other: new MaxKey(), time: new Timestamp(1n), ...bots },
  'fields of a document within it that nobody knows': {
    ...bots,
    user_info: { avatar: { user_id: 'no' }, platform: 'qq', user_id: '5', level: new Double(2) },
  },
  'a reference for a user': { ...bots, user_info: { $ref: 'users', $id: 1, user_id: '5' } },
  'lists where documents are expected': { ...bots, user_info: ['qq'], group_info: [] },
  'labels and aliases that are none': { ...bots, labels: [1, { key: 'k' }], alias_ids: [1, 'one', null] },
  'dates for times': { ...bots, create_time: new Date(0) },
  'a chat that was deleted': { ...encode(ours, 1), delete_time: new Double(ours.lastActiveTime) },
  'a chat that was merged': { ...encode(ours, 1), merged_into: 'other' },
  'a chat that another was merged into': encode(
    { ...ours, mergedChats: [{ streamId: 'old', platform: 'qq', accountId: '', scope: '', groupId: '9' }] },
    1,
  ),
  'nothing at all': {},
  ...NO_STREAMS,
  ...OVER_LIMITS,
  'fields at their limits': AT_LIMITS,
}

describe('the fields of a stream in a document', () => {
  for (const [name, document] of Object.entries(documents)) {
    it(`hold what all fields hold: ${name}`, () => {
      const bytes = Buffer.from(BSON.serialize(document, { ignoreUndefined: true }))
      expect(decode(streamFields(bytes))).toEqual(decode(deserialized(bytes)))
    })
  }

  it('are all that is looked at', () => {
    const looked = new Set<string>()
    const watched = (document: Document, path = ''): Document =>
      new Proxy(document, {
        get(target, name) {
          const value = target[name as string]
          if (typeof name === 'symbol' || Array.isArray(document)) return value
          looked.add(path + name)
          return typeof value === 'object' && value?.constructor === Object ? watched(value, `${path}${name}.`) : value
        },
      })
    const document = encode({ ...ours, userInfo: { platform: 'qq', userId: '1' } }, 1)
    decode(watched({ ...document, delete_time: 0 }))
    const everything: Document = {}
    for (const path of looked) {
      const [name, inner] = path.split('.') as [string, string?]
      if (inner === undefined) everything[name] ??= 'x'
      else everything[name] = { ...(typeof everything[name] === 'object' && everything[name]), [inner]: 'x' }
    }
    expect(streamFields(Buffer.from(BSON.serialize({ ...everything, unknown: 'x' })))).toEqual(everything)
  })

  it('replace what is no valid UTF-8', () => {
    const bytes = Buffer.from(BSON.serialize(intGroup(1, 1, { group_info: { group_id: '1', group_name: 'broken' } })))
    bytes.write('\xff', bytes.indexOf('broken'), 'latin1')
    expect(decode(streamFields(bytes))).toEqual(decode(deserialized(bytes)))
    expect(decode(streamFields(bytes))).toMatchObject({ stream: { groupInfo: { groupName: '\ufffdroken' } } })
  })

  it('are read from the middle of what came over the wire', () => {
    const document = BSON.serialize(encode(ours, 1))
    const wire = Buffer.concat([Buffer.alloc(7, 1), document, Buffer.alloc(7, 1)])
    expect(decode(streamFields(wire.subarray(7, 7 + document.length)))).toMatchObject({ position: 1, stream: ours })
  })
})
