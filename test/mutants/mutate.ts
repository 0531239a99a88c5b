import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { Stryker } from '@stryker-mutator/core'
import { folders, TESTS_VARIABLE } from './folders.ts'
import { changeOf, type Mutant } from './mutant.ts'

type LogLevel = NonNullable<NonNullable<ConstructorParameters<typeof Stryker>[0]>['logLevel']>
type MutantResult = Awaited<ReturnType<Stryker['runMutationTest']>>[number]

/**
 * Left out. Most texts are messages for people, which no test should repeat word for word. Those that programs read are held
 * by their types, by the contract and by the cases in test/cases.
 */
const EXCLUDED_MUTATIONS = ['StringLiteral']

/** What tests may take longer with a mutant than without, before it counts as found by its hanging. */
const TIMEOUT_MS = 10_000

/** What the tests of this project do not need of it. */
const NOT_COPIED = ['.cache', 'bench', 'clients', 'data', 'dist', 'docs', '/test/clients', '/test/fixtures/maibot*']

/**
 * Runs the tests of a folder against each mutant of its code. One that tests found the last time is not run again while its
 * file and those tests are the same, unless `force` is set.
 */
export async function mutate(folder: string, force: boolean): Promise<Mutant[]> {
  process.env[TESTS_VARIABLE] = folders[folder]!.join()
  const incrementalFile = `.cache/mutants/${folder.replaceAll('/', '-')}.json`
  forgetSurvivors(incrementalFile)
  const stryker = new Stryker({
    mutate: [`${folder}/**/*.ts`],
    mutator: { excludedMutations: EXCLUDED_MUTATIONS },
    plugins: ['@stryker-mutator/vitest-runner'],
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutants/vitest.config.ts' },
    coverageAnalysis: 'perTest',
    // One at a time: tests that share a core with others are the slower and time out.
    concurrency: 1,
    timeoutMS: TIMEOUT_MS,
    incremental: true,
    force,
    incrementalFile,
    tempDirName: '.cache/mutants/sandbox',
    cleanTempDir: 'always',
    ignorePatterns: NOT_COPIED,
    // Stryker rewrites it by the API of TypeScript, which version 7 does not have; the copy needs none.
    tsconfigFile: 'none',
    reporters: process.stdout.isTTY ? ['progress'] : ['progress-append-only'],
    // Warns of nothing but the time that it takes.
    warnings: false,
    logLevel: 'warn' as LogLevel,
  })
  const results = await stryker.runMutationTest()
  return results.flatMap(toMutant)
}

/**
 * Has those run again that no test found. Stryker would not where their code is run once, when it is loaded: it does not know
 * which tests depend on that, and so overlooks new ones.
 */
function forgetSurvivors(incrementalFile: string): void {
  if (!existsSync(incrementalFile)) return
  const report = JSON.parse(readFileSync(incrementalFile, 'utf8')) as {
    files: Record<string, { mutants: { status: MutantResult['status'] }[] }>
  }
  for (const file of Object.values(report.files)) file.mutants = file.mutants.filter(({ status }) => isFound(status))
  writeFileSync(incrementalFile, JSON.stringify(report))
}

function isFound(status: MutantResult['status']): boolean {
  return status === 'Killed' || status === 'Timeout'
}

function toMutant({ fileName, location, replacement, status }: MutantResult): Mutant[] {
  // What is left out, or breaks the program before a test runs, says nothing of the tests.
  if (!isFound(status) && status !== 'Survived' && status !== 'NoCoverage') return []
  const change = changeOf(readFileSync(fileName, 'utf8'), location, replacement ?? '')
  return [{ file: relative('', fileName), line: location.start.line, isFound: isFound(status), ...change }]
}
