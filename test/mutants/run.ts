/**
 * Changes the code of the server in one small place after the other, and tells of the changes that no test notices:
 * `npm run mutants -- [FOLDER…] [--force]`. Ends with 1 where such a survivor is not in survivors.yaml, or a folder has too
 * many of them.
 */

import { setPriority } from 'node:os'
import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { folders } from './folders.ts'
import { scoreOf } from './mutant.ts'
import { mutate } from './mutate.ts'
import { compare, readKnownSurvivors, toYaml } from './survivors.ts'

/** The least part of the mutants of each folder that tests have to find, in percent. */
const LEAST_SCORE = 85

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { force: { type: 'boolean', default: false } },
})
const chosen = positionals.length > 0 ? positionals.map((name) => relative('', name)) : Object.keys(folders)
const unknown = chosen.find((name) => !(name in folders))
if (unknown !== undefined) throw new Error(`expected ${Object.keys(folders).join(', ')}, got "${unknown}"`)

// It runs for minutes to hours, and nothing waits for it.
setPriority(15)
const known = readKnownSurvivors()
for (const folder of chosen) {
  const mutants = await mutate(folder, options.force)
  const { unknown, gone } = compare(folder, mutants, known)
  const score = scoreOf(mutants)
  const survived = mutants.filter(({ isFound }) => !isFound).length
  console.log(`${folder}: ${score.toFixed(1)} % of ${mutants.length} mutants found, ${survived} survived`)
  if (unknown.length > 0) {
    console.log(`\n${unknown.length} of them are not in survivors.yaml:\n`)
    for (const { file, line, before, after } of unknown) console.log(`${file}:${line}\n- ${before}\n+ ${after}`)
    console.log(`\n${toYaml(unknown)}`)
  }
  if (gone.length > 0) console.log(`\nIn survivors.yaml, but no more:\n\n${toYaml(gone)}`)
  if (score < LEAST_SCORE) console.log(`\n${folder} needs a score of at least ${LEAST_SCORE} %`)
  if (unknown.length > 0 || score < LEAST_SCORE) process.exitCode = 1
}
