import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { FOLLOWERS, followVersion, ROOT, strayVersions, versionOf } from '../../scripts/release/version.ts'

it('everything has the version of package.json', () => expect(strayVersions(ROOT)).toEqual([]))

it('everything follows when it changes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatapi-version-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const path of ['package.json', ...FOLLOWERS.map(([path]) => path)]) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true })
  }
  const manifest = readFileSync(join(folder, 'package.json'), 'utf8')
  writeFileSync(join(folder, 'package.json'), manifest.replace(versionOf(ROOT), '7.8.9'))

  expect(strayVersions(folder)).toHaveLength(FOLLOWERS.length)
  followVersion(folder)
  expect(strayVersions(folder)).toEqual([])
})

it('the Go module can be fetched by a tag of the version', () => {
  const [, path] = /^module (\S+)$/m.exec(readFileSync(join(ROOT, 'go.mod'), 'utf8'))!
  const major = Number(versionOf(ROOT).split('.')[0])
  expect(path).toBe(major < 2 ? 'github.com/chatapi/chatapi' : `github.com/chatapi/chatapi/v${major}`)
})
