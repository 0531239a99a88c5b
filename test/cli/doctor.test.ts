import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deriveStreamId } from '../../src/domain/identity.ts'
import type { Stream } from '../../src/domain/stream.ts'
import { newFolder } from '../importers/scene.ts'
import { databaseOf } from '../support/database.ts'
import { type MongoServers, mongodMissing, startStandalone } from '../support/mongod.ts'
import { startService } from '../support/service.ts'
import { untilServing } from '../support/serving.ts'
import { groupStream, privateStream, unknownStream } from '../support/streams.ts'
import { run } from './command.ts'

interface Report {
  readonly found: number
  readonly checks: readonly { check: string; status: string; findings: { problem: string; command: string }[] }[]
}

async function examined(...args: string[]): Promise<{ code: number | null; report: Report }> {
  const { code, stdout } = await run(['doctor', '--json', ...args])
  return { code, report: JSON.parse(stdout) }
}

/** The commands that mend what a check found. */
function commandsOf({ checks }: Report, name: string): string[] {
  return checks.find(({ check }) => check === name)!.findings.map(({ command }) => command)
}

function statuses({ checks }: Report): Record<string, string> {
  return Object.fromEntries(checks.map(({ check, status }) => [check, status]))
}

const WELL = { reachable: 'ok', writes: 'ok', watching: 'ok', streams: 'ok', duplicates: 'ok' }
const HEALTHY = [groupStream('1'), privateStream('2')]

const doors = {
  async 'a server'(streams: readonly Stream[]) {
    const { grpcUrl, grpcAddress } = await startService({ storeUrl: `sqlite:${await databaseOf(streams)}` })
    await untilServing(grpcUrl)
    return ['--address', `127.0.0.1:${grpcAddress?.port}`]
  },
  'a store': async (streams: readonly Stream[]) => ['--store', `sqlite:${await databaseOf(streams)}`],
}

describe.each(Object.entries(doors))('the doctor, asked about %s', (name, open) => {
  it('finds nothing where all is well', async () => {
    const door = await open(HEALTHY)
    const { code, report } = await examined(...door)
    expect({ code, ...statuses(report) }).toEqual({ code: 0, ...WELL, database: name === 'a store' ? 'ok' : 'skipped' })
    expect(await run(['doctor', ...door])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\nAll is well\.\n$/),
    })
  })

  it('finds streams without user or group, dated ahead, of a colliding id, and of a chat with others', async () => {
    const target = { kind: 'group', id: '9' } as const
    const nineId = deriveStreamId({ platform: 'qq', accountId: '', scope: '', target })!
    const streams = [
      unknownStream('neither'),
      groupStream('8', { lastActiveTime: 4_000_000_000 }),
      privateStream('10', { streamId: nineId }),
      groupStream('9', { streamId: "an odd one's" }),
      groupStream('7'),
      groupStream('7', { accountId: '10001', lastActiveTime: 1 }),
    ]
    const door = await open(streams)
    const { code, report } = await examined(...door)
    expect(code).toBe(5)
    expect(report.found).toBe(4)
    const flags = door.join(' ')
    expect(commandsOf(report, 'streams')).toEqual([
      `chatapi delete neither ${flags}`,
      `chatapi delete ${streams[1]!.streamId} ${flags}`,
      `chatapi query --id ${nineId} --id 'an odd one'\\''s' ${flags}`,
    ])
    const [merge] = commandsOf(report, 'duplicates')
    expect(merge).toBe(`chatapi merge ${streams[4]!.streamId} ${streams[5]!.streamId} ${flags}`)
    expect(await run(merge!.split(' ').slice(1))).toMatchObject({ code: 0 })
    expect(commandsOf((await examined(...door)).report, 'duplicates')).toEqual([])
    expect(await run(['doctor', ...door])).toMatchObject({
      code: 5,
      stdout: expect.stringMatching(/\nfound +streams +5 streams\n {2}.*\n {4}chatapi delete neither /),
    })
  })

  it('leaves it to people whether streams of several accounts are one', async () => {
    const door = await open([groupStream('7', { accountId: '1' }), groupStream('7', { accountId: '2' })])
    const { code, report } = await examined(...door)
    expect({ code, duplicates: statuses(report).duplicates }).toEqual({ code: 0, duplicates: 'note' })
  })
})

describe('the doctor', () => {
  it('finds that nothing answers, and looks no further', async () => {
    const { code, report } = await examined('--address', '127.0.0.1:1')
    expect({ code, ...statuses(report) }).toMatchObject({ code: 5, reachable: 'found', streams: 'skipped' })
    expect(commandsOf(report, 'reachable')).toEqual(['chatapi serve'])
    const store = `sqlite:${join(newFolder(), 'missing.db')}`
    const missing = await examined('--store', store)
    expect({ code: missing.code, commands: commandsOf(missing.report, 'reachable') }).toEqual({
      code: 5,
      commands: [`chatapi serve --store ${store}`],
    })
  })
})

describe.skipIf(mongodMissing())('the doctor, asked about a standalone MongoDB', () => {
  let servers: MongoServers

  beforeAll(async () => {
    servers = await startStandalone()
  }, 60_000)
  afterAll(() => servers?.stop())

  it('finds that it is no replica set and lacks indexes, and makes none', async () => {
    const url = servers.url('bot')
    const bot = servers.admin.db('bot').collection('chat_streams')
    await bot.insertOne({ stream_id: 'a', platform: 'qq', create_time: 1, last_active_time: 1, group_info: null })
    await bot.insertOne({ stream_id: 'a', platform: 'qq', create_time: 2, last_active_time: 2, group_info: null })
    const { code, report } = await examined('--store', url)
    expect({ code, ...statuses(report) }).toMatchObject({ code: 5, database: 'found', watching: 'found' })
    const problems = report.checks.find(({ check }) => check === 'database')!.findings.map(({ problem }) => problem)
    expect(problems).toEqual([
      expect.stringContaining('standalone'),
      expect.stringContaining('"a"'),
      expect.stringContaining('chatapi_group'),
    ])
    expect(await bot.indexes()).toHaveLength(1)
  })
})
