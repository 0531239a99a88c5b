import { describe, expect, it } from 'vitest'
import type { Stream } from '../../src/domain/stream.ts'
import type { ImportReport } from '../../src/importers/import-rows.ts'
import { importInto, looseDatabase, newStore, ROW, type RowChange, streamsOf } from './scene.ts'

async function imported(...rows: RowChange[]): Promise<{ report: ImportReport; streams: Stream[] }> {
  const store = await newStore()
  const report = await importInto(store, looseDatabase(rows))
  return { report, streams: await streamsOf(store) }
}

async function whyRefused(row: RowChange): Promise<string | undefined> {
  const { report, streams } = await imported(row)
  expect(streams).toEqual([])
  expect(report).toMatchObject({ read: 1, refused: 1 })
  return report.refusals[0]?.why
}

const PRIVATE = { stream_id: 'b8f3a2f1a141dab0218071e5af2d3e1e', group_platform: '', group_id: '', group_name: '' }

describe('a row', () => {
  it.each(['', null])('with the group id %o is a private chat', async (group_id) => {
    const { streams } = await imported({ ...PRIVATE, group_id })
    expect(streams[0]?.groupInfo).toBeUndefined()
    expect(streams[0]?.userInfo).toEqual({
      platform: 'qq',
      userId: '1787882683',
      userNickname: 'Ann',
      userCardname: 'Captain',
    })
  })

  it('with an empty user id has no user', async () => {
    const { streams } = await imported({ user_platform: '', user_id: '', user_nickname: '', user_cardname: null })
    expect(streams[0]?.userInfo).toBeUndefined()
    expect(streams[0]?.groupInfo?.groupId).toBe('941657197')
  })

  it('with neither a user nor a group is a stream all the same', async () => {
    const { report, streams } = await imported({ stream_id: 'lonely', user_id: '', group_id: null })
    expect(report).toMatchObject({ created: 1, refused: 0 })
    expect(streams[0]).toMatchObject({ streamId: 'lonely', userInfo: undefined, groupInfo: undefined })
  })

  it('with NULL names has no names, and with empty ones has empty ones', async () => {
    const { streams } = await imported({ group_name: null, user_cardname: '' })
    expect(streams[0]?.groupInfo).toEqual({ platform: 'qq', groupId: '941657197' })
    expect(streams[0]?.userInfo?.userCardname).toBe('')
  })

  it('without the platforms of group and user has that of the stream', async () => {
    const { streams } = await imported({ group_platform: null, user_platform: '' })
    expect([streams[0]?.groupInfo?.platform, streams[0]?.userInfo?.platform]).toEqual(['qq', 'qq'])
  })

  it.each([
    [941657197, '941657197'],
    [9007199254740993n, '9007199254740993'],
    [9223372036854775807n, '9223372036854775807'],
    [-1, '-1'],
    [5000000000.0, '5000000000'],
    ['007', '007'],
    [' 7 ', ' 7 '],
    ['a\0b', 'a\0b'],
    ['群\u{1F600}', '群\u{1F600}'],
    ['\uFFFD', '\uFFFD'],
  ])('with the group id %o has the text %j', async (group_id, text) => {
    const { streams } = await imported({ stream_id: 'any', group_id })
    expect(streams[0]?.groupInfo?.groupId).toBe(text)
  })

  it('keeps times as they are, whole, negative or fractional', async () => {
    const { streams } = await imported({ create_time: -5, last_active_time: 1_740_222_945.4825106 })
    expect(streams[0]).toMatchObject({ createTime: -5, lastActiveTime: 1_740_222_945.4825106 })
  })

  it('says which names are left out for want of an id', async () => {
    const { report, streams } = await imported({ stream_id: 'x', user_id: '', group_id: null, user_cardname: '' })
    expect(streams).toMatchObject([{ userInfo: undefined, groupInfo: undefined }])
    expect(report).toMatchObject({ created: 1, refused: 0, altered: 1 })
    expect(report.alterations).toEqual([
      {
        place: 'row 1',
        streamId: 'x',
        why: 'user_nickname is left out, the text "Ann": there is no user_id; group_name is left out, the text "Readers": there is no group_id',
      },
    ])
  })

  it.each<[string, RowChange, string]>([
    ['no id', { stream_id: null }, 'stream_id is missing'],
    ['an empty id', { stream_id: '' }, 'stream_id is empty'],
    ['an empty platform', { platform: '' }, 'platform is empty'],
    ['no time', { create_time: null }, 'create_time is missing'],
    [
      'text for a time',
      { last_active_time: 'soon' },
      'last_active_time is the text "soon"; expected seconds since 1970',
    ],
    [
      'an infinite time',
      { create_time: Number.POSITIVE_INFINITY },
      'create_time is the number Infinity; expected seconds since 1970',
    ],
    [
      'milliseconds',
      { create_time: 1e13 },
      'create_time must be seconds since 1970 in the years 1 to 9999, is 10000000000000',
    ],
    ['binary data', { user_id: Buffer.from([1, 2]) }, 'user_id is 2 bytes of binary data; expected text'],
    ['a fraction', { group_id: 1.5 }, 'group_id is the number 1.5; expected text'],
    ['a long name', { group_name: 'x'.repeat(16_385) }, 'group_info.group_name must be at most 16384 bytes, is 16385'],
    ['a long id', { stream_id: 'x'.repeat(256) }, 'stream_id must be at most 255 bytes, is 256'],
    ['two faults', { platform: null, create_time: null }, 'platform is missing; create_time is missing'],
  ])('with %s is refused and says why', async (_name, row, why) => {
    expect(await whyRefused(row)).toBe(why)
  })

  it('with text that is not UTF-8 is refused rather than changed', async () => {
    const path = looseDatabase([{}, { ...PRIVATE }], (database) => {
      database.exec("UPDATE chat_streams SET group_name = CAST(x'61ff62' AS TEXT) WHERE id = 1")
    })
    const report = await importInto(await newStore(), path)
    expect(report).toMatchObject({ created: 1, refused: 1 })
    expect(report.refusals).toEqual([{ place: 'row 1', streamId: ROW.stream_id, why: 'group_name is not valid UTF-8' }])
  })

  it('whose id belongs to another chat is refused, and the first keeps it', async () => {
    const { report, streams } = await imported({}, { ...PRIVATE, stream_id: ROW.stream_id })
    expect(report).toMatchObject({ created: 1, refused: 1 })
    expect(report.refusals[0]).toMatchObject({
      place: 'row 2',
      why: expect.stringContaining('already belongs to qq:group:'),
    })
    expect(streams).toHaveLength(1)
  })

  it('that is broken does not keep the others out', async () => {
    const { report } = await imported({}, { stream_id: null }, PRIVATE)
    expect(report).toMatchObject({
      read: 3,
      created: 2,
      refused: 1,
      refusals: [{ place: 'row 2', streamId: undefined }],
    })
  })
})

describe('many rows', () => {
  const rows = (count: number) => Array.from({ length: count }, (_, i) => ({ stream_id: `s${i}`, group_id: `g${i}` }))

  it('come in by batches, and the tally of each is reported', async () => {
    const reads: number[] = []
    const store = await newStore()
    const onProgress = ({ read }: { read: number }) => reads.push(read)
    expect(await importInto(store, looseDatabase(rows(2_500)), { onProgress })).toMatchObject({
      read: 2_500,
      created: 2_500,
    })
    expect(reads).toEqual([1_000, 2_000, 2_500])
  })

  it('end cleanly between two batches, and the next import goes on', async () => {
    const path = looseDatabase(rows(2_500))
    const store = await newStore()
    const stop = new AbortController()
    const first = await importInto(store, path, { signal: stop.signal, onProgress: () => stop.abort() })
    expect(first).toMatchObject({ read: 1_000, created: 1_000, isInterrupted: true })
    expect(await importInto(store, path)).toMatchObject({ read: 2_500, created: 1_500, unchanged: 1_000 })
  })

  it('list as many refusals as asked for and count them all', async () => {
    const path = looseDatabase(rows(30).map((row) => ({ ...row, platform: '' })))
    const report = await importInto(await newStore(), path, { maxListed: 20 })
    expect(report.refused).toBe(30)
    expect(report.refusals).toHaveLength(20)
  })
})
