/**
 * The folders whose code is mutated, cheapest first, and the tests that judge the mutants of each: those beside the folder
 * and those one rank up that show what it is for. None of them starts a mongod, another language or the conformance suite.
 */
export const folders: Readonly<Record<string, readonly string[]>> = {
  'src/domain': ['test/domain/*.test.ts', 'test/wire/errors.test.ts', 'test/directory/commands.test.ts'],
  'src/wire': ['test/wire/*.test.ts'],
  'src/rpc': ['test/rpc/*.test.ts', 'test/transport/health.test.ts', 'test/transport/reflection.test.ts'],
  'src/directory': ['test/directory/*.test.ts'],
  'src/store/sqlite': ['test/store/sqlite*.test.ts'],
  'src/transport': ['test/transport/*.test.ts'],
}

/** Names the tests of the folder at hand, separated by commas, to the configuration of vitest. */
export const TESTS_VARIABLE = 'CHATAPI_MUTANTS_TESTS'
