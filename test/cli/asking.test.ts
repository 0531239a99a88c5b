import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { displayName } from '../../src/domain/display-name.ts'
import type { Stream } from '../../src/domain/stream.ts'
import { newFolder } from '../importers/scene.ts'
import { databaseOf } from '../support/database.ts'
import { startService } from '../support/service.ts'
import { untilServing } from '../support/serving.ts'
import { groupStream, privateStream } from '../support/streams.ts'
import { run, runWithInput } from './command.ts'

const cats = groupStream('1', { groupInfo: { platform: 'qq', groupId: '1', groupName: '猫咖' }, lastActiveTime: 300 })
const mai = groupStream('2', { groupInfo: { platform: 'qq', groupId: '2', groupName: 'Mai' }, lastActiveTime: 200 })
const user = privateStream('2', { lastActiveTime: 100, labels: { team: 'red' } })
const STREAMS = [cats, mai, user]

const doors = {
  async 'a server'(streams: readonly Stream[]) {
    const { grpcUrl, grpcAddress } = await startService({ storeUrl: `sqlite:${await databaseOf(streams)}` })
    await untilServing(grpcUrl)
    return ['--address', `127.0.0.1:${grpcAddress?.port}`]
  },
  'a store': async (streams: readonly Stream[]) => ['--store', `sqlite:${await databaseOf(streams)}`],
}

describe.each(Object.entries(doors))('asking %s', (_name, open) => {
  async function asked(streams: readonly Stream[] = STREAMS) {
    const door = await open(streams)
    return {
      ask: (...args: string[]) => run([...args, ...door]),
      async json(...args: string[]) {
        const { code, stdout, stderr } = await run([...args, ...door, '--json'])
        expect(stderr).toBe('')
        return { code, answer: JSON.parse(stdout) }
      },
      withInput: (input: string, ...args: string[]) => runWithInput(input, [...args, ...door]),
    }
  }

  it('query lists what matches, in an order, aligned whatever the width of the characters', async () => {
    const { ask, json } = await asked()
    const { code, stdout } = await ask('query', '--order', 'last-active-desc')
    expect(code).toBe(0)
    const [head, ...lines] = stdout.split('\n')
    expect(head).toMatch(/^NAME +TYPE +LAST ACTIVE +ID +LABELS$/)
    expect(lines.slice(0, 3).map((line) => line.trimEnd())).toEqual([
      expect.stringMatching(new RegExp(`^猫咖 \\(qq:group:1\\) +group .* ${cats.streamId}$`)),
      expect.stringMatching(new RegExp(`^Mai \\(qq:group:2\\) +group .* ${mai.streamId}$`)),
      expect.stringMatching(new RegExp(`^User 2 \\(qq:private:2\\) +private .* ${user.streamId}  team=red$`)),
    ])
    // Each of the two wide characters takes two columns, which a count of characters takes for one.
    expect(lines[0]!.indexOf('group ') + 2).toBe(lines[1]!.indexOf('group  '))
    expect(stdout).toMatch(/\n3 streams\n$/)
    const filters = ['--type', 'group', '--name', 'MAI', '--active-since', '1970-01-01T00:03:00Z']
    expect((await json('query', ...filters)).answer).toMatchObject({
      streams: [{ streamId: mai.streamId, displayName: displayName(mai), labels: {} }],
      nextPageToken: '',
      totalSize: 1,
      revision: expect.stringMatching(/^\d+$/),
    })
    expect((await json('query', '--label', 'team=red')).answer.streams).toHaveLength(1)
    expect((await json('query', '--account', '')).answer.streams).toHaveLength(3)
    expect((await json('query', '--name', 'none')).answer).toMatchObject({ streams: [], totalSize: 0 })
    expect((await ask('query', '--limit', '2')).stdout).toMatch(
      /\n2 of 3 streams; --limit COUNT or --all shows more\n$/,
    )
  })

  it('query prints all pages as one document', async () => {
    const { json } = await asked(Array.from({ length: 2_500 }, (_, index) => groupStream(`${index}`)))
    const { answer } = await json('query', '--all')
    expect(new Set(answer.streams.map(({ streamId }: Stream) => streamId)).size).toBe(2_500)
    expect((await json('query')).answer.streams).toHaveLength(100)
  })

  it('resolve tells which stream each text means, and by its exit code whether all mean one', async () => {
    const { ask, json, withInput } = await asked()
    expect(await json('resolve', 'qq:group:1')).toMatchObject({
      code: 0,
      answer: {
        target: 'qq:group:1',
        resolution: 'RESOLUTION_FOUND',
        stream: { streamId: cats.streamId },
        candidates: [{ spelling: 'SPELLING_GROUP_ID' }],
      },
    })
    expect(await json('resolve', '2')).toMatchObject({ code: 4, answer: { resolution: 'RESOLUTION_AMBIGUOUS' } })
    expect(await json('resolve', '1', '404')).toMatchObject({
      code: 3,
      answer: { results: [{ resolution: 'RESOLUTION_FOUND' }, { resolution: 'RESOLUTION_NOT_FOUND' }] },
    })
    expect(await ask('resolve', '1', '2', '404')).toMatchObject({ code: 4, stdout: expect.stringContaining('404') })
    const { code, stdout } = await withInput('猫咖\n\nMai\r\n', 'resolve')
    expect({ code, lines: stdout.split('\n').length }).toEqual({ code: 0, lines: 4 })
    expect((await withInput('猫咖\n', 'resolve', '1', '-', '404')).stdout).toMatch(/\n1 .*\n猫咖 .*\n404 /)
    expect(await ask('resolve', '1', '--platform', 'qq', '--all-platforms')).toMatchObject({ code: 2 })
  })

  it('open shows a stream, and creates it where there is none', async () => {
    const { ask, json } = await asked()
    expect(await json('open', 'qq:group:7', '--name', 'Seven', '--label', 'a=b,c')).toMatchObject({
      code: 0,
      answer: { created: true, stream: { groupInfo: { groupName: 'Seven' }, labels: { a: 'b,c' } } },
    })
    expect(await ask('open', 'qq:group:7')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Was there:/) })
    expect((await json('open', '--platform', 'telegram', '--user', '42', '--name', 'Mai')).answer).toMatchObject({
      created: true,
      stream: { platform: 'telegram', userInfo: { userId: '42', userNickname: 'Mai' } },
    })
    expect(await ask('open')).toMatchObject({ code: 2 })
    expect(await ask('open', 'nobody knows')).toMatchObject({ code: 1 })
  })

  it('label, rename, merge and delete change a stream that any text names', async () => {
    const { ask, json } = await asked()
    expect(await json('label', 'Mai', 'team=blue', 'note=a=b')).toMatchObject({
      code: 0,
      answer: { stream: { labels: { team: 'blue', note: 'a=b' } } },
    })
    expect((await json('label', mai.streamId, '--remove', 'note', '--remove', 'none')).answer.stream.labels).toEqual({
      team: 'blue',
    })
    expect((await json('rename', 'Mai', 'Wheat')).answer.stream.displayName).toBe('Wheat (qq:group:2)')
    expect((await json('rename', 'Wheat', '--clear')).answer.stream.customName).toBe('')
    expect((await json('merge', '猫咖', 'Mai')).answer.stream).toMatchObject({ aliasIds: [cats.streamId] })
    expect(await ask('merge', cats.streamId, 'Mai')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Were one/),
    })
    expect((await json('delete', cats.streamId)).answer).toMatchObject({ streamId: mai.streamId, revision: /\d/ })
    expect(await ask('delete', mai.streamId)).toMatchObject({ code: 3 })
  })

  it('refuses texts that mean no stream, or several, with an exit code of their own', async () => {
    const { ask, json } = await asked()
    for (const args of [
      ['label', '2', 'a=b'],
      ['rename', '2', 'x'],
      ['merge', '1', '2'],
      ['delete', '1', '2'],
    ]) {
      const { code, stderr } = await ask(...args)
      expect({ args, code, stderr }).toEqual({ args, code: 4, stderr: expect.stringContaining(mai.streamId) })
    }
    for (const args of [
      ['label', 'x', 'a=b'],
      ['rename', 'x', 'y'],
      ['merge', '1', 'x'],
      ['delete', '1', 'x'],
    ]) {
      expect({ args, ...(await ask(...args)) }).toMatchObject({ args, code: 3, stderr: 'chatapi: no stream is "x"\n' })
    }
    expect((await json('query')).answer.totalSize).toBe(3)
  })

  it('answers slips with 2, a fault each and a hint', async () => {
    const { ask } = await asked()
    const slips: [string[], RegExp][] = [
      [
        ['query', '--type', 'grop'],
        /^chatapi: --type: "grop" is not one of group, private, unknown\nTry chatapi query --help\n$/,
      ],
      [
        ['query', '--order', 'x', '--active-since', 'soon'],
        /^chatapi: --active-since: "soon" is no time.*\nchatapi: --order: /,
      ],
      [['query', '--label', 'team'], /^chatapi: --label: "team" is no label; expected KEY=VALUE/],
      [['label', '1'], /^chatapi: nothing to do; give a LABEL/],
      [['label', '1', 'team'], /^chatapi: "team" is no label/],
      [['rename', '1'], /^chatapi: give a NAME, or --clear/],
      [['merge', '1'], /^chatapi: missing required argument 'TARGET'/],
    ]
    for (const [args, why] of slips) {
      expect({ args, ...(await ask(...args)) }).toMatchObject({ args, code: 2, stderr: expect.stringMatching(why) })
    }
  })
})

describe('asking', () => {
  it('says where nothing answers, and makes no store', async () => {
    const missing = `sqlite:${join(newFolder(), 'missing.db')}`
    expect(await run(['query', '--store', missing])).toMatchObject({ code: 3 })
    expect(await run(['query', '--address', '127.0.0.1:1', '--json'])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^\{"error":"http:.*does a server listen there\?"\}\n$/),
    })
  })

  it('takes the address from the environment, and the store from the command line alone', async () => {
    const path = await databaseOf(STREAMS)
    const { grpcAddress, grpcUrl } = await startService({ storeUrl: `sqlite:${path}` })
    await untilServing(grpcUrl)
    const environment = {
      CHATAPI_ADDRESS: `127.0.0.1:${grpcAddress?.port}`,
      CHATAPI_STORE: 'sqlite:nowhere.db',
      CHATAPI_PLATFORM: 'telegram',
      CHATAPI_JSON: 'true',
    }
    const { code, stdout } = await run(['query'], environment)
    expect({ code, total: JSON.parse(stdout).totalSize }).toEqual({ code: 0, total: 3 })
  })
})
