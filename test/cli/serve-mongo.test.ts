import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { mongodMissing, startReplicaSet, startStandalone } from '../support/mongod.ts'
import { silentDatabase, start } from './command.ts'

const FREE = ['--grpc-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0', '--log-format', 'json']

/** Lines of the log. */
function linesOf(stderr: string): Record<string, unknown>[] {
  return stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

it('says what it waits for, where the database says nothing', async () => {
  const { url } = await silentDatabase()
  const host = url.replace('mongodb://', '')
  const server = start(['serve', '--store', `${url}/MegBot?serverSelectionTimeoutMS=600000`, ...FREE])
  await server.says(`waiting for MongoDB at ${host}: no answer yet`)
  server.child.kill('SIGTERM')
  expect(linesOf((await server.ended).stderr)[0]).toMatchObject({ level: 'info' })
})

it('says what it waits for, and why, where nothing is at the address, and shows no password', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  other.close()
  const host = `127.0.0.1:${port}`
  const url = `mongodb://user:secret@${host}/MegBot?serverSelectionTimeoutMS=600000`
  const server = start(['serve', '--store', url, ...FREE])
  await server.says(`waiting for MongoDB at ${host}: connect ECONNREFUSED ${host}`)
  server.child.kill('SIGTERM')
  expect((await server.ended).stderr).not.toContain('secret')
})

describe.skipIf(mongodMissing())('with a MongoDB that answers', () => {
  it('warns of a standalone server, and says what would be better', async () => {
    const servers = await startStandalone()
    onTestFinished(() => servers.stop())
    const server = start(['serve', '--store', servers.url('MegBot'), ...FREE])
    await server.says('"msg":"serving"')
    server.child.kill('SIGTERM')
    const lines = linesOf((await server.ended).stderr).filter(({ msg }) => /standalone|waiting/.test(String(msg)))
    expect(lines).toEqual([expect.objectContaining({ level: 'warn' })])
    expect(lines[0]?.msg).toMatch(/every read asks the database.*replica set of one member.*--replSet/)
  })

  it('says nothing of that on a replica set', async () => {
    const servers = await startReplicaSet()
    onTestFinished(() => servers.stop())
    const server = start(['serve', '--store', servers.url('MegBot'), ...FREE])
    await server.says('"msg":"serving"')
    server.child.kill('SIGTERM')
    expect(linesOf((await server.ended).stderr).map(({ level }) => level)).not.toContain('warn')
  })
})
