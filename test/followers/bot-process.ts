/**
 * A bot that writes: `node bot-process.ts PATH SYNCHRONOUS`, with the pragmas of MaiBot. It runs each line of its input, a JSON
 * array of SQL and parameters, and answers with the rows in a line of JSON. At the end of its input it ends as MaiBot does, and
 * closes the database.
 */

import { createInterface } from 'node:readline'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'

const [path = '', synchronous = ''] = process.argv.slice(2)
const database = new DatabaseSync(path, { timeout: 1_000 })
database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`)
process.stdout.write('"ready"\n')
for await (const line of createInterface({ input: process.stdin })) {
  const [sql, ...parameters] = JSON.parse(line) as [string, ...SQLInputValue[]]
  process.stdout.write(`${JSON.stringify(database.prepare(sql).all(...parameters))}\n`)
}
database.close()
