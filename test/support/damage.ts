import { randomBytes } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/**
 * Overwrites the pages that hold the rows of a table, or the entries of an index, with random bytes, as a failing disk does.
 * A negative `from` counts from the last page.
 */
export function overwriteLeaves(
  path: string,
  name: string,
  which: { readonly from?: number; readonly count?: number } = {},
): void {
  const { from = 0, count } = which
  const pages = leavesOf(path, name).slice(from, count === undefined ? undefined : from + count)
  if (pages.length === 0) throw new Error(`${name} has no such page in ${path}`)
  for (const { offset, size } of pages) overwrite(path, offset, size)
}

/** Overwrites a part of a file with random bytes. */
export function overwrite(path: string, offset: number, size: number): void {
  const file = openSync(path, 'r+')
  writeSync(file, randomBytes(size), 0, size, offset)
  closeSync(file)
}

/** In the order of their rows. */
function leavesOf(path: string, name: string): { offset: number; size: number }[] {
  const db = new DatabaseSync(path, { readOnly: true })
  const rows = db
    .prepare("SELECT pgoffset, pgsize FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path")
    .all(name)
  db.close()
  return rows.map(({ pgoffset, pgsize }) => ({ offset: Number(pgoffset), size: Number(pgsize) }))
}
