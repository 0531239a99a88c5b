import { execFile } from 'node:child_process'
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { configOf, expectKnownSettings } from './settings.ts'

const run = promisify(execFile)
const text = await readFile(new URL('../../deploy/chatapi.service', import.meta.url), 'utf8')
const { bin } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))

/** Only a Linux that systemd runs has it; elsewhere the unit is read and not verified. */
const hasSystemd = await run('systemd-analyze', ['--version']).then(
  () => true,
  (error: Error) => {
    console.warn(`deploy/chatapi.service is NOT VERIFIED: ${error.message}`)
    return false
  },
)

/** The values of a key, in their order. */
function valuesOf(key: string): string[] {
  return [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value!)
}

describe('deploy/chatapi.service', () => {
  it('names only settings that the server has', () => expectKnownSettings(text))

  it('runs the command of the package', () => {
    const [path, command] = valuesOf('ExecStart')[0]!.split(' ')
    expect(bin).toHaveProperty(path!.split('/').at(-1)!)
    expect(command).toBe('serve')
  })

  it('keeps its streams in the folder that systemd gives it, and serves this machine alone', () => {
    const environment = Object.fromEntries(valuesOf('Environment').map((pair) => pair.split(/=(.*)/)))
    const { store, grpcListen, httpListen } = configOf(environment)
    expect(store).toContain(`:%S/${valuesOf('StateDirectory')[0]}/`)
    expect([grpcListen?.host, httpListen?.host]).toEqual(['127.0.0.1', '127.0.0.1'])
  })

  it('waits longer than the server takes to drain, and starts it again unless its settings are wrong', () => {
    expect(1_000 * Number.parseInt(valuesOf('TimeoutStopSec')[0]!, 10)).toBeGreaterThan(configOf({}).drainTimeoutMs)
    expect([valuesOf('Restart')[0], valuesOf('RestartPreventExitStatus')[0]]).toEqual(['on-failure', '2'])
  })

  if (hasSystemd) {
    it('is right for systemd, and leaves the server nothing that it does not need', async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'chatapi-unit-'))
      const unit = join(folder.path, 'chatapi.service')
      // It looks for the command, too, which is not installed here.
      await writeFile(unit, text.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`))
      const { stderr } = await run('systemd-analyze', ['verify', unit])
      expect(stderr).toBe('')
      // Of 100, by systemd's own measure.
      await run('systemd-analyze', ['security', '--offline=yes', '--no-pager', '--threshold=20', unit])
    })
  }
})
