import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newFolder } from '../importers/scene.ts'
import { databaseOf } from '../support/database.ts'
import { startService } from '../support/service.ts'
import { untilServing } from '../support/serving.ts'
import { groupStream } from '../support/streams.ts'
import { run, start } from './command.ts'

const one = groupStream('1', { groupInfo: { platform: 'qq', groupId: '1', groupName: 'One' } })

async function served() {
  const storeUrl = `sqlite:${await databaseOf([one])}`
  const service = await startService({ storeUrl })
  await untilServing(service.grpcUrl)
  return { storeUrl, address: ['--address', `127.0.0.1:${service.grpcAddress?.port}`] }
}

function messagesOf(stdout: string) {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('watch', () => {
  it('tells each change in a line, with what changed, and how to go on', async () => {
    const { address } = await served()
    const watching = start(['watch', '--snapshot', ...address])
    await watching.says(/THERE +1 in all/)
    await run(['label', '1', 'team=red', ...address])
    await watching.says('+label team=red')
    await run(['rename', '1', 'Uno', ...address])
    await watching.says(`custom name none -> "Uno", was "One (qq:group:1)"`)
    await run(['open', 'telegram:group:2', ...address])
    await watching.says(/OPENED +telegram:group:2 /)
    await run(['delete', 'telegram:group:2', ...address])
    await watching.says('DELETED')
    watching.child.kill('SIGINT')
    const { code, stdout, stderr } = await watching.ended
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`THERE +One \\(qq:group:1\\)  ${one.streamId}\\n`))
    const [, token] = /to go on from here: chatapi watch --since (\S+)\n$/.exec(stderr)!
    await run(['label', '1', '--remove', 'team', ...address])
    const resumed = start(['watch', '--since', token!, ...address])
    await resumed.says('-label team')
  })

  it('prints messages for programs, and goes on from a file without a gap or a repeat', async () => {
    const { address } = await served()
    const file = join(newFolder(), 'token')
    const args = ['watch', '--json', '--keep', file, '--type', 'group', ...address]
    const first = start(args)
    await first.says('"opened"')
    await run(['label', '1', 'n=1', ...address])
    await first.says('CHANGE_KIND_UPDATED')
    first.child.kill('SIGTERM')
    const { code, stdout } = await first.ended
    expect(code).toBe(0)
    const tokens = messagesOf(stdout).map(({ resumeToken }) => resumeToken)
    expect(readFileSync(file, 'utf8').trim()).toBe(tokens.at(-1))
    await run(['label', '1', 'n=2', ...address])
    const second = start(args)
    await second.says('CHANGE_KIND_UPDATED')
    second.child.kill('SIGTERM')
    const commits = messagesOf((await second.ended).stdout).filter(({ commit }) => commit)
    expect(commits.map(({ commit }) => commit.changes[0].stream.labels)).toEqual([{ n: '2' }])
  })

  it('watches a store that others write to', async () => {
    const { storeUrl, address } = await served()
    const watching = start(['watch', '--store', storeUrl, '--json'])
    await watching.says('"opened"')
    await run(['label', '1', 'n=1', ...address])
    await watching.says('CHANGE_KIND_UPDATED')
    watching.child.kill('SIGINT')
    expect((await watching.ended).code).toBe(0)
  })

  it('goes on where the server comes back', async () => {
    const folder = newFolder()
    const store = `sqlite:${join(folder, 'chatapi.db')}`
    const serving = (port: string) =>
      start(['serve', '--store', store, '--grpc-listen', `127.0.0.1:${port}`, '--http-listen', 'off'])
    const before = serving('0')
    const [, port] = /gRPC listening on 127\.0\.0\.1:(\d+)/.exec(await before.says(/gRPC listening on \S+:\d+\n/))!
    const address = ['--address', `127.0.0.1:${port}`]
    const watching = start(['watch', ...address])
    await watching.says('WATCHING')
    await run(['open', 'qq:group:1', ...address])
    await watching.says(/OPENED +qq:group:1 /)
    before.child.kill('SIGKILL')
    await watching.says('trying again')
    const after = serving(port!)
    await after.says('gRPC listening')
    await untilServing(`http://127.0.0.1:${port}`)
    await run(['open', 'qq:group:2', ...address])
    await watching.says(/OPENED +qq:group:2 /)
  })

  it('says what is lost where a token can no longer be resumed from', async () => {
    const { address } = await served()
    const other = await served()
    const watching = start(['watch', '--json', ...other.address])
    await watching.says('"opened"')
    watching.child.kill('SIGINT')
    const token = messagesOf((await watching.ended).stdout).at(-1).resumeToken
    expect(await run(['watch', '--since', token, ...address])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('begin anew without the token'),
    })
    expect(await run(['watch', '--since', token, '--snapshot', ...address])).toMatchObject({ code: 2 })
  })
})
