import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newFolder } from '../importers/scene.ts'
import { root, run } from './command.ts'

async function suggested(...words: string[]): Promise<string[]> {
  const { code, stdout } = await run(['complete', '--', ...words])
  expect(code).toBe(0)
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[0]!)
}

describe('completion', () => {
  it.each([
    ['bash', /^complete .*-F _chatapi chatapi$/m],
    ['zsh', /#compdef chatapi/],
    ['fish', /^complete -c chatapi /m],
  ])('prints a script for %s', async (shell, text) => {
    expect(await run(['completion', shell])).toMatchObject({ code: 0, stdout: expect.stringMatching(text), stderr: '' })
  })

  it('knows no other shells', async () => {
    expect(await run(['completion', 'tcsh'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('bash, zsh, fish'),
    })
    expect(await run(['completion'])).toMatchObject({ code: 2 })
  })

  it('suggests commands, options and their values, and leaves files to the shell', async () => {
    expect(await suggested('re')).toEqual(['resolve', 'rename', 'restore', ':'])
    expect(await suggested('query', '--ord')).toEqual(['--order', ':'])
    expect(await suggested('query', '--type', '')).toEqual(['group', 'private', 'unknown', ':'])
    expect(await suggested('query', '--type', 'group', '--json', '--nam')).toEqual(['--name', ':'])
    expect(await suggested('token', '')).toEqual(['new', 'help', ':'])
    expect(await suggested('completion', 'z')).toEqual(['zsh', ':'])
    expect(await suggested('import', 'Mai')).toEqual([':files'])
    expect(await suggested('watch', '--keep', '')).toEqual([':files'])
    expect(await suggested('complete', '--', '')).not.toContain('complete')
  })

  describe('in bash', () => {
    /** What bash makes of a line of which these words are there, the last one being completed. */
    async function completed(...words: string[]): Promise<string[]> {
      const folder = newFolder()
      const program = join(folder, 'chatapi')
      writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${root}/bin/chatapi.js "$@"\n`)
      chmodSync(program, 0o755)
      const { stdout: script } = await run(['completion', 'bash'])
      const asking = `${script}\nCOMP_WORDS=(chatapi "$@") COMP_CWORD=$#\n_chatapi\nprintf '%s\\n' "\${COMPREPLY[@]}"`
      const environment = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
      const told = execFileSync('bash', ['-c', asking, 'bash', ...words], { env: environment, encoding: 'utf8' })
      return told.split('\n').filter((word) => word !== '')
    }

    it('completes a command, an option and a value', async () => {
      expect(await completed('que')).toEqual(['query'])
      expect(await completed('query', '--quiet')).toEqual(['--quiet-since'])
      expect(await completed('query', '--type', '')).toEqual(['group', 'private', 'unknown'])
    })

    it('takes words as they stand, and runs nothing that is in them', async () => {
      const made = join(newFolder(), 'made')
      expect(await completed('open', `$(touch ${made})`, '--lab')).toEqual(['--label'])
      expect(existsSync(made)).toBe(false)
    })
  })
})
