/**
 * A program of its own: `node copy-program.ts PATH INTO` copies a database and prints what came of it as JSON. While SQLite
 * copies, nothing else runs in its process, also no handler of a signal.
 */
import { openReader } from './connection.ts'
import type { CopyOutcome } from './copy.ts'
import { firstRow, returningArrays } from './statements.ts'

const [path = '', into = ''] = process.argv.slice(2)

// Ctrl-C reaches every process of a terminal; the one that started this one ends it.
process.on('SIGINT', () => {})

process.stdout.write(JSON.stringify(copied()))

function copied(): CopyOutcome {
  try {
    const db = openReader(path)
    try {
      db.prepare('VACUUM INTO ?').run(into)
    } finally {
      db.close()
    }
    return { copied: contentOf(into) }
  } catch (error) {
    const { message, errcode } = error as Error & { errcode?: number }
    return { message, ...(errcode !== undefined && { errcode }) }
  }
}

function contentOf(file: string) {
  const db = openReader(file)
  try {
    const [revision, directoryId] = firstRow(returningArrays(db, 'SELECT revision, incarnation FROM head')) as [
      number,
      string,
    ]
    const [streams] = firstRow(returningArrays(db, 'SELECT count(*) FROM streams')) as [number]
    return { streams, revision: String(revision), directoryId }
  } finally {
    db.close()
  }
}
