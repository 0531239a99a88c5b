/**
 * Runs the conformance suite of Connect and gRPC: `npm run conformance -- [grpc] [http] [client] [options of the
 * suite]`, all of it where nothing is named.
 */
import { argv } from 'node:process'
import { runSuite, type Subject, subjects, summaryOf } from './suite.ts'

const args = argv.slice(2)
const firstOption = args.findIndex((arg) => arg.startsWith('-'))
const names = firstOption < 0 ? args : args.slice(0, firstOption)
const options = firstOption < 0 ? [] : args.slice(firstOption)
for (const name of names) {
  if (!(name in subjects)) throw new Error(`expected ${Object.keys(subjects).join(' or ')}, got "${name}"`)
}
const chosen = (names.length > 0 ? names : Object.keys(subjects)) as Subject[]

// An end by a signal is an exit too, so that nothing that the suite has started is left behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const summaries: string[] = []
for (const subject of chosen) {
  console.log(`${subjects[subject].title}:`)
  const outcome = await runSuite(subject, options)
  console.log(`${outcome.report}\n`)
  summaries.push(summaryOf(subject, outcome))
  if (!outcome.isConformant) process.exitCode = 1
}
console.log(summaries.join('\n'))
