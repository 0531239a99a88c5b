/**
 * A bot that writes: `node bot-writer.ts PATH HABIT`. It says `writing` once it has begun, and where it is told to stop by the
 * end of its input, how often it has committed. HABIT is one of
 *
 * - `journal`: it moves one from a row of the first half to one of the second half, in column create_time, over and over,
 *   and undoes with a rollback journal;
 * - `restarting-wal`: the same with a `-wal` that starts over with each commit;
 * - `growing-wal`: the same with a `-wal` that only grows, while what it holds is moved into the database;
 * - `unfinished`: it has changed all rows, in column group_name, and written a part of them, and goes no further.
 */
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'

const [path = '', habit = ''] = process.argv.slice(2)
let isStopped = false
process.stdin.on('end', () => {
  isStopped = true
})
process.stdin.resume()

const db = new DatabaseSync(path)
db.exec('PRAGMA synchronous = OFF')
if (habit === 'unfinished') {
  db.exec("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; UPDATE chat_streams SET group_name = 'half'")
} else {
  if (habit !== 'journal') db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 1')
  writeOn()
}
process.stdout.write('writing\n')

async function writeOn(): Promise<void> {
  const { half } = db.prepare('SELECT count(*) / 2 AS half FROM chat_streams').get() as { half: number }
  const take = db.prepare('UPDATE chat_streams SET create_time = create_time - 1 WHERE id = ?')
  const give = db.prepare('UPDATE chat_streams SET create_time = create_time + 1 WHERE id = ?')
  let reader: DatabaseSync | undefined
  let commits = 0
  for (; !isStopped; commits++) {
    db.exec('BEGIN')
    take.run(1 + (commits % half))
    give.run(1 + half + (commits % half))
    db.exec('COMMIT')
    if (habit === 'growing-wal') {
      // A -wal that somebody reads does not start over, and is moved up to where they read.
      const next = new DatabaseSync(path, { readOnly: true })
      next.exec('BEGIN; SELECT count(*) FROM sqlite_master')
      reader?.close()
      reader = next
    }
    await nextTurn()
  }
  process.stdout.write(`${commits}\n`)
  reader?.close()
  db.close()
}
