import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { KEEP_ALL, LogTrimmer } from '../../src/store/sqlite/log-trimmer.ts'
import { newFolder } from '../importers/scene.ts'

let path: string
let db: DatabaseSync

beforeEach(() => {
  path = join(newFolder(), 'log.db')
  db = open()
  db.exec(
    'PRAGMA journal_mode = WAL; CREATE TABLE changes (seq INTEGER PRIMARY KEY, commit_time REAL, written INTEGER)',
  )
  db.exec('INSERT INTO changes (seq) VALUES (1), (2), (3)')
})

function open(): DatabaseSync {
  const opened = new DatabaseSync(path)
  onTestFinished(() => opened.close())
  return opened
}

const kept = () => db.prepare('SELECT seq FROM changes').all()

it('is done by a later commit where another process writes meanwhile', () => {
  const trimmer = new LogTrimmer(db, { ...KEEP_ALL, changes: 1 })
  const other = open()
  other.exec('BEGIN IMMEDIATE')
  trimmer.trim(3)
  expect(kept()).toHaveLength(3)
  other.exec('ROLLBACK')
  trimmer.trim(3)
  expect(kept()).toHaveLength(2)
})

it('throws what is wrong with its own statements', () => {
  const trimmer = new LogTrimmer(db, { ...KEEP_ALL, changes: 1 })
  db.exec('DROP TABLE changes')
  expect(() => trimmer.trim(3)).toThrow('no such table: changes')
})
