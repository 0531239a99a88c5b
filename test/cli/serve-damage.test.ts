import { readFileSync, truncateSync } from 'node:fs'
import { expect, it } from 'vitest'
import { overwrite, overwriteLeaves } from '../support/damage.ts'
import { databaseOf } from '../support/database.ts'
import { run, start } from './command.ts'

const FREE = ['--grpc-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0']

function urlIn(output: string): string {
  return /http:\/\/[\d.:]+/.exec(output)![0]
}

async function call(url: string, method: string, request: object): Promise<unknown> {
  const answer = await fetch(`${url}/chatapi.v1.ChatApi/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  })
  return answer.json()
}

it.each([
  ['whose streams are partly overwritten', (path: string) => overwriteLeaves(path, 'streams', { from: 50, count: 1 })],
  ['whose streams are all overwritten', (path: string) => overwriteLeaves(path, 'streams')],
  ['that is overwritten from its second page on', (path: string, size: number) => overwrite(path, 4_096, size - 4_096)],
  ['that is cut to a half', (path: string, size: number) => truncateSync(path, size / 2)],
  ['whose header is overwritten', (path: string) => overwrite(path, 0, 100)],
])('ends the start with one line of what is wrong and what to do over a database %s', async (_what, damage) => {
  const path = await databaseOf()
  damage(path, readFileSync(path).length)
  const { code, stderr } = await run(['serve', '--store', `sqlite:${path}`, ...FREE, '--log-level', 'warn'])
  expect(stderr).toMatch(/^chatapi: [^\n]*\n$/)
  expect(stderr).toContain(`${path} is damaged: `)
  expect(stderr).toMatch(/put a backup in its place; or, to (go on from what is left|begin anew): /)
  expect(code).toBe(1)
})

it.each([
  ['is partly overwritten', (path: string) => overwriteLeaves(path, 'streams', { from: 50, count: 1 })],
  ['is cut to a half', (path: string, size: number) => truncateSync(path, size / 2)],
])('goes on from what is left, by the command that it tells, of a database that %s', async (_what, damage) => {
  const path = await databaseOf()
  damage(path, readFileSync(path).length)
  const { stderr } = await run(['serve', '--store', `sqlite:${path}`, ...FREE, '--log-level', 'warn'])
  const [, source, store] = /or, to go on from what is left: chatapi import "(.+)" --store "(.+)"\n$/.exec(stderr)!
  const { code, stdout } = await run(['import', source!, '--store', store!])
  expect(stdout).toMatch(/Refused:\n( {2}positions \d+ to \d+: cannot be read: .*\n)+$/)
  expect(code).toBe(1)
  const server = start(['serve', '--store', store!, ...FREE])
  const url = urlIn(await server.says('the directory is loaded'))
  const { totalStreams } = (await call(url, 'GetStreamsSummary', {})) as { totalStreams: string }
  expect(Number(totalStreams)).toBeGreaterThan(500)
})

it('answers on from memory over a database that is damaged meanwhile, and says why its writes fail', async () => {
  const path = await databaseOf()
  const server = start(['serve', '--store', `sqlite:${path}`, ...FREE, '--log-format', 'json'])
  const url = urlIn(await server.says('the directory is loaded'))
  overwriteLeaves(path, 'streams_by_id')
  const failure = await call(url, 'OpenStream', { platform: 'qq', groupId: 'new' })
  expect(failure).toMatchObject({ code: 'internal', message: expect.not.stringContaining(path) })
  expect(await call(url, 'GetStreamsSummary', {})).toMatchObject({ totalStreams: '3000' })
  server.child.kill('SIGTERM')
  const { code, stderr } = await server.ended
  const lines = stderr.split('\n').filter((line) => line.includes('is damaged'))
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      level: 'error',
      msg: 'a call failed, for the store is damaged',
      err: expect.objectContaining({ message: expect.stringContaining(`${path} is damaged: `) }),
    }),
  ])
  expect(code).toBe(0)
})

it('checks the database after it was killed, and logs damage once, as an error, with what to do', async () => {
  const path = await databaseOf()
  overwriteLeaves(path, 'changes', { from: 1, count: 1 })
  const args = ['serve', '--store', `sqlite:${path}`, ...FREE, '--log-format', 'json']
  const killed = start(args)
  const url = urlIn(await killed.says('the directory is loaded'))
  expect(await call(url, 'OpenStream', { platform: 'qq', groupId: 'new' })).toMatchObject({ created: true })
  killed.child.kill('SIGKILL')
  await killed.ended

  const server = start(args)
  await server.says('is damaged')
  await server.says('the directory is loaded')
  server.child.kill('SIGTERM')
  const { code, stderr } = await server.ended
  const lines = stderr.split('\n').filter((line) => line.includes('is damaged'))
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      level: 'error',
      msg: expect.stringMatching(/chatapi\.db is damaged: .*or, to go on from what is left: /),
      problems: expect.arrayContaining([expect.stringMatching(/page \d+/)]),
    }),
  ])
  expect(code).toBe(0)
})
