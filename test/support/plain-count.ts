import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends a run with one plain line that people and programs read alike: `N passed, N failed`. Under CI a skipped test is a
 * failure, since what is skipped there is tested nowhere.
 */
export default class PlainCount implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0
    let failed = errors.length
    const skipped: string[] = []
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) failed++
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed++
        else if (state === 'failed') failed++
        else skipped.push(`${module.relativeModuleId}: ${test.fullName}`)
      }
    }
    if (process.env.CI && skipped.length > 0) {
      console.error(`skipped, which counts as failed here:\n  ${skipped.join('\n  ')}`)
      process.exitCode = 1
    }
    console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`)
  }
}
