import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { BSON, type Document, Double, Int32, Long, ObjectId } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { openSource } from '../../src/importers/detect.ts'
import { importInto, newFolder, newStore, streamsOf } from './scene.ts'

const USER = { platform: 'qq', user_id: 1_787_882_683, user_nickname: 'Ann', user_cardname: 'Captain' }
const GROUP = { platform: 'qq', group_id: 941_657_197, group_name: 'Readers' }
const DOCUMENT = {
  stream_id: 'a544edeb1a9b73e3e1d77dff36e41264',
  platform: 'qq',
  user_info: USER,
  group_info: GROUP,
  create_time: 1_700_000_000,
  last_active_time: 1_700_000_001.5,
}
const DOCUMENTS: readonly Document[] = [
  { _id: new ObjectId(), ...DOCUMENT },
  {
    _id: new ObjectId(),
    ...DOCUMENT,
    stream_id: 'big',
    group_info: { ...GROUP, group_id: Long.fromString('9007199254740993') },
  },
  {
    _id: new ObjectId(),
    ...DOCUMENT,
    stream_id: 'text',
    group_info: { ...GROUP, group_id: '007' },
    create_time: new Double(1.25),
  },
  { _id: new ObjectId(), ...DOCUMENT, stream_id: 'private', group_info: null, create_time: new Int32(5) },
  { _id: new ObjectId(), ...DOCUMENT, stream_id: 'notice', user_info: null, group_info: { group_id: 3_000_000_000 } },
]
const GROUP_IDS = ['941657197', '9007199254740993', '007', undefined, '3000000000']

function bson(documents: readonly Document[]): Buffer {
  return Buffer.concat(documents.map((document) => BSON.serialize(document)))
}

function lines(documents: readonly Document[], relaxed: boolean): string {
  const text = documents.map((document) => `${BSON.EJSON.stringify(document, { relaxed })}\n`).join('')
  // The driver rounds what mongoexport writes to the last digit.
  return text.replace('9007199254740992', '9007199254740993')
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(newFolder(), name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

describe('a dump of a bot', () => {
  it.each<[string, string, () => string | Uint8Array]>([
    ['of mongodump', 'BSON', () => bson(DOCUMENTS)],
    ['of mongodump --gzip', 'BSON', () => gzipSync(bson(DOCUMENTS))],
    ['of mongoexport', 'extended JSON', () => lines(DOCUMENTS, true)],
    ['of mongoexport --jsonFormat canonical', 'extended JSON', () => lines(DOCUMENTS, false)],
    ['in extended JSON, compressed', 'extended JSON', () => gzipSync(lines(DOCUMENTS, false))],
  ])('%s comes in whole under any name, and is all unchanged the second time', async (_what, form, content) => {
    const path = file('upload', content())
    const source = await openSource(path)
    expect(source).toMatchObject({ kind: `MaiBot 0.5.13 to 0.6, ${form}`, approximateCount: 5 })
    await source.close()
    const store = await newStore()
    expect(await importInto(store, path)).toMatchObject({ read: 5, created: 5, refused: 0, altered: 0 })
    const streams = await streamsOf(store)
    expect(streams.map(({ groupInfo }) => groupInfo?.groupId)).toEqual(GROUP_IDS)
    expect(streams.map(({ createTime }) => createTime)).toEqual([1_700_000_000, 1_700_000_000, 1.25, 5, 1_700_000_000])
    expect(await importInto(store, path)).toMatchObject({ created: 0, unchanged: 5 })
  })

  it('of more documents than are read at a time comes in whole', async () => {
    const many = Array.from({ length: 3_000 }, (_, i) => ({ _id: i, ...DOCUMENT, stream_id: `s${i}` }))
    const path = file('chat_streams.bson', bson(many.map((each, i) => ({ ...each, group_info: { group_id: i } }))))
    expect(await importInto(await newStore(), path)).toMatchObject({ read: 3_000, created: 3_000 })
  })

  it.each(['', 'dump', 'dump/MegBot'])('is found in a folder of mongodump (%j)', async (folder) => {
    const path = file('dump/MegBot/chat_streams.bson', bson(DOCUMENTS))
    const root = dirname(dirname(dirname(path)))
    writeFileSync(join(dirname(path), 'messages.bson'), bson([{ _id: 1 }]))
    const importing = importInto(await newStore(), join(root, folder))
    if (folder === '') await expect(importing).rejects.toThrow(/is a folder; .* of mongodump with chat_streams\.bson/)
    else expect(await importing).toMatchObject({ created: 5 })
  })

  it('has to be named where a folder holds several', async () => {
    const path = file('dump/MegBot/chat_streams.bson', bson(DOCUMENTS))
    const dump = dirname(dirname(path))
    mkdirSync(join(dump, 'other'))
    writeFileSync(join(dump, 'other', 'chat_streams.bson.gz'), gzipSync(bson(DOCUMENTS)))
    await expect(openSource(dump)).rejects.toThrow(/several dumps; name one of them: .*MegBot.*, .*other.*bson\.gz$/)
  })

  it('keeps ids that are told as plain numbers to the last digit', async () => {
    const line = JSON.stringify({ ...DOCUMENT, group_info: { group_id: 1 } })
    const ids = ['9007199254740993', '-9007199254740993', '9223372036854775808']
    const path = file('chats.json', ids.map((id) => `${line.replace('"group_id":1', `"group_id":${id}`)}\n`).join(''))
    const store = await newStore()
    const report = await importInto(store, path)
    expect((await streamsOf(store))[0]?.groupInfo?.groupId).toBe(ids[0])
    expect(report.refusals.map(({ place, why }) => `${place}: ${why}`).sort()).toEqual([
      expect.stringMatching(/^line 2: .* qq:group:-9007199254740993 already belongs to qq:group:9007199254740993/),
      'line 3: group_info.group_id is the number 9223372036854776000; expected text',
    ])
  })

  it('comes in without what is no stream, and says of each where it is and why', async () => {
    const [first, second] = [BSON.serialize(DOCUMENTS[0]!), BSON.serialize(DOCUMENTS[1]!)]
    const broken = Buffer.from(second)
    broken[broken.indexOf('Readers')] = 0xff
    const ofBson = await importInto(
      await newStore(),
      file('a.bson', Buffer.concat([first, broken, bson([{ _id: 7 }])])),
    )
    expect(ofBson).toMatchObject({ read: 3, created: 1, refused: 2 })
    expect(ofBson.refusals.map(({ place, why }) => `${place}: ${why}`)).toEqual([
      expect.stringMatching(/^document 2: cannot be read: .*UTF-8/),
      'document 7: stream_id is missing; platform is missing; create_time is missing; last_active_time is missing',
    ])
    const text = `${lines(DOCUMENTS.slice(0, 1), true)}\n{"stream_id": \n7\n${lines(DOCUMENTS.slice(1, 2), true).slice(0, 50)}`
    const ofLines = await importInto(await newStore(), file('a.json', text))
    expect(ofLines).toMatchObject({ read: 4, created: 1, refused: 3 })
    expect(ofLines.refusals.map(({ place }) => place)).toEqual(['line 3', 'line 4', 'line 5'])
    for (const { why } of ofLines.refusals) expect(why).toMatch(/^is no document in extended JSON: /)
  })

  it.each<[string, () => string, RegExp]>([
    [
      'that is cut off',
      () => {
        const path = file('chat_streams.bson', bson(DOCUMENTS))
        truncateSync(path, bson(DOCUMENTS).length - 1)
        return path
      },
      /cannot be read: its end is missing: the document at byte \d+ breaks off; nothing was imported/,
    ],
    [
      'whose compression breaks off',
      () => file('chat_streams.bson.gz', gzipSync(bson(DOCUMENTS)).subarray(0, -20)),
      /cannot be read: its end is missing/,
    ],
    [
      'with something else in between',
      () => file('chat_streams.bson', Buffer.concat([bson(DOCUMENTS), Buffer.from('something else')])),
      /no document begins at byte \d+; nothing was imported/,
    ],
    ['that is an archive', () => file('a', Buffer.from('6de2998100', 'hex')), /is an archive; .* without --archive/],
    ['that is a JSON array', () => file('a.json', '[{"stream_id": "x"}]'), /is a JSON array; .* without --jsonArray/],
    [
      'of a store of ours',
      () => file('a.bson', bson([...DOCUMENTS, { ...DOCUMENT, account_id: '' }])),
      /is a dump of a store of chatapi; import from its MongoDB/,
    ],
  ])('%s is refused before anything is written', async (_what, make, why) => {
    const store = await newStore()
    const importing = importInto(store, make())
    await expect(importing).rejects.toThrow(why)
    await expect(importing).rejects.toMatchObject({ name: 'SourceError' })
    expect(await store.revision()).toBe(0n)
  })
})
