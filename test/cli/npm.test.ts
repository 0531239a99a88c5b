import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { newFolder } from '../importers/scene.ts'
import { root } from './command.ts'

it.each([
  ['start', []],
  ['chatapi', ['serve']],
] as const)('ends when the npm that runs it as the script %s gets SIGTERM', async (script, args) => {
  const npm = spawn('npm', ['run', script, '--', ...args, '--store', `sqlite:${join(newFolder(), 'chatapi.db')}`], {
    cwd: root,
    env: { ...process.env, CHATAPI_GRPC_LISTEN: '127.0.0.1:0', CHATAPI_HTTP_LISTEN: '127.0.0.1:0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Of a process group, so that what it left behind can be ended.
    detached: true,
  })
  onTestFinished(() => {
    try {
      process.kill(-npm.pid!, 'SIGKILL')
    } catch {
      // None is left.
    }
  })
  const output = { stdout: '', stderr: '' }
  // The server has both ends of its output from npm, so they are closed once it is gone.
  const gone = Promise.all([once(npm.stdout, 'close'), once(npm.stderr, 'close')])
  npm.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  npm.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
    if (output.stdout.includes('HTTP listening')) npm.kill('SIGTERM')
  })
  await gone
  expect(output.stdout).toContain('HTTP listening')
  expect(output.stderr).toContain('stopped')
})
