import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFile } from '../../src/cli/new-file.ts'
import { newFolder } from '../importers/scene.ts'

const HOURS_AGO = Date.now() / 1_000 - 7_200

describe('a file that is made', () => {
  it('has its name once it is whole', async () => {
    const path = join(newFolder(), 'backup')
    const result = await makeFile(path, async (part) => {
      await writeFile(part, 'whole')
      expect(existsSync(path)).toBe(false)
      return 7
    })
    expect(result).toBe(7)
    expect(readFileSync(path, 'utf8')).toBe('whole')
    expect(readdirSync(dirname(path))).toEqual(['backup'])
  })

  it('leaves nothing behind a failure', async () => {
    const path = join(newFolder(), 'backup')
    const failure = new Error('no more')
    const making = makeFile(path, async (part) => {
      await writeFile(part, 'half')
      throw failure
    })
    await expect(making).rejects.toBe(failure)
    expect(readdirSync(dirname(path))).toEqual([])
  })

  it('does not take the place of one that came meanwhile', async () => {
    const path = join(newFolder(), 'backup')
    const making = makeFile(path, async (part) => {
      await writeFile(part, 'ours')
      writeFileSync(path, 'theirs')
    })
    await expect(making).rejects.toThrow(/is there already, and is not overwritten/)
    expect(readFileSync(path, 'utf8')).toBe('theirs')
    expect(readdirSync(dirname(path))).toEqual(['backup'])
  })

  it('removes parts that a killed run left long ago, and no others', async () => {
    const path = join(newFolder(), 'backup')
    const [old, fresh, other] = ['0123abcd', '4567abcd'].map((id) => `${path}.${id}.part`).concat(`${path}.x.part`)
    for (const file of [old!, fresh!, other!]) writeFileSync(file, 'half')
    for (const file of [old!, other!]) utimesSync(file, HOURS_AGO, HOURS_AGO)
    await makeFile(path, (part) => writeFile(part, 'whole'))
    expect(readdirSync(dirname(path)).sort()).toEqual(['backup', basename(fresh!), basename(other!)].sort())
  })
})
