import { statSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { TESTS_VARIABLE } from './folders.ts'

/** The first test that fails ends the run of a mutant, and small files have the quick tests. */
class SmallestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const bytes = (file: TestSpecification) => statSync(file.moduleId).size
    return files.toSorted((a, b) => bytes(a) - bytes(b))
  }
}

// Without the global setup, which looks for a mongod: no test that runs here uses one.
export default defineConfig({
  test: {
    include: (process.env[TESTS_VARIABLE] ?? '').split(','),
    sequence: { sequencer: SmallestFirst },
  },
})
