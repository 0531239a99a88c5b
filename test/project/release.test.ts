import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { changesOf, obstaclesOf } from '../../scripts/release/readiness.ts'
import { ROOT, versionOf } from '../../scripts/release/version.ts'

// What it builds is tried by the release itself: building here would pull files from under tests that run meanwhile.
describe('a release', () => {
  it('is of the version that its tag says', () => {
    expect(obstaclesOf(ROOT, `v${versionOf(ROOT)}`)).toEqual([])
    expect(obstaclesOf(ROOT, 'v7.8.9')).toEqual([expect.stringContaining('v7.8.9')])
  })

  it('says what CHANGELOG.md has of its version alone', () => {
    expect(changesOf(ROOT, '0.1.0')).toMatch(/^The eight calls/)
    expect(changesOf(ROOT, 'Unreleased')).not.toContain('The eight calls')
    expect(changesOf(ROOT, '7.8.9')).toBeUndefined()
  })

  it.each([
    ['nothing', []],
    ['both', ['--dry-run', '--output', 'folder']],
  ])('is told what to do with its files, and told %s says what it expected', async (_what, args) => {
    const running = promisify(execFile)(process.execPath, [join(ROOT, 'scripts/release/run.ts'), ...args])
    await expect(running).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('expected --dry-run') })
  })
})
