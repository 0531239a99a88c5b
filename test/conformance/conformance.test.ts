import { expect, test } from 'vitest'
import { runSuite, type Subject, subjects, summaryOf } from './suite.ts'

/** Seconds; but minutes where Go has yet to build the suite. */
const TIMEOUT_MS = 900_000

const cases = Object.entries(subjects).map(([subject, { title }]) => ({ subject: subject as Subject, title }))

test.each(cases)('passes the conformance suite: $title', { timeout: TIMEOUT_MS }, async ({ subject }) => {
  const outcome = await runSuite(subject)
  console.log(summaryOf(subject, outcome))
  if (!outcome.isConformant) expect.fail(outcome.report)
})
