import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { newFolder } from '../importers/scene.ts'
import { root } from './command.ts'

/** Root may write anywhere, but for the capability to. Another user might not be able to read this checkout. */
const WITHOUT_RIGHTS =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override', '--inh-caps=-dac_override'] : []

it.each(['chatapi.db', 'new/chatapi.db'])('calls a read-only folder that, for a store at %s in it', (name) => {
  const folder = newFolder()
  chmodSync(folder, 0o555)
  onTestFinished(() => chmodSync(folder, 0o755))
  const store = join(folder, name)
  const serve = ['serve', '--store', `sqlite:${store}`, '--grpc-listen', '127.0.0.1:0', '--http-listen', 'off']
  const source = join(root, 'test/fixtures/maibot-0.12.db')
  for (const args of [serve, ['import', source, '--store', `sqlite:${store}`]]) {
    const command = [...WITHOUT_RIGHTS, process.execPath, `${root}/bin/chatapi.js`, ...args]
    const { status, stdout, stderr } = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8' })
    expect(stderr).toBe(
      `chatapi: ${store} cannot be kept in ${folder}, a folder that this user may only read; ` +
        'name another with --store sqlite:PATH, or change its permissions\n',
    )
    expect([status, stdout]).toEqual([1, ''])
  }
  expect(readdirSync(folder)).toEqual([])
})
