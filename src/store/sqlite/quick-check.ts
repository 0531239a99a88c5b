/**
 * A program of its own: `node quick-check.ts PATH` looks through a database without writing to it, and prints the first things
 * that are wrong with it as a JSON array of lines.
 */
import { constants, setPriority } from 'node:os'
import { openReader } from './connection.ts'
import { isDamage } from './failures.ts'
import { type Row, returningArrays } from './statements.ts'

/** More tell nothing new: each names a page or a row. */
const MAX_PROBLEMS = 10
const MAX_PROBLEM_LENGTH = 200

// Whoever is being served meanwhile goes first.
setPriority(constants.priority.PRIORITY_LOW)
// Ctrl-C reaches every process of a terminal; the server ends this one.
process.on('SIGINT', () => {})

const problems = linesOf(process.argv[2]!).filter((line) => line !== 'ok' && !line.startsWith('***'))
process.stdout.write(JSON.stringify(problems.slice(0, MAX_PROBLEMS).map((line) => line.slice(0, MAX_PROBLEM_LENGTH))))

/** What SQLite says, up to where the damage keeps it from going on. */
function linesOf(path: string): string[] {
  const lines: string[] = []
  const db = openReader(path)
  try {
    const check = returningArrays(db, `PRAGMA quick_check(${MAX_PROBLEMS})`)
    for (const [text] of check.iterate() as Iterable<Row>) lines.push(...String(text).split('\n'))
  } catch (error) {
    if (!isDamage(error)) throw error
    lines.push((error as Error).message)
  } finally {
    db.close()
  }
  return lines
}
