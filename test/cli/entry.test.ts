import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join, sep } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './command.ts'

interface OldNode {
  readonly command: string
  readonly options: readonly string[]
}

/** A Node of the machine that is too old; where there is none, ours that takes itself for one. */
function oldNode(): OldNode {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.endsWith(join('node_modules', '.bin')) && !folder.includes(`node_modules${sep}node`))
    .map((folder) => join(folder, process.platform === 'win32' ? 'node.exe' : 'node'))
    .filter((path) => existsSync(path))
    .find((path) => Number(/^v(\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1]) < 24)
  if (found) return { command: found, options: [] }
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' })`
  return { command: process.execPath, options: ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`] }
}

it.each(['', 'serve', 'import x.db', '--version'])('says in one line that Node is too old for "%s"', (line) => {
  const { command, options } = oldNode()
  const { status, stdout, stderr } = spawnSync(command, [...options, `${root}/bin/chatapi.js`, ...line.split(' ')], {
    encoding: 'utf8',
  })
  expect(stderr).toMatch(/^chatapi: needs Node 24\.15 or newer, and this is Node \d+\.\d+\.\d+\n$/)
  expect([status, stdout]).toEqual([2, ''])
})
