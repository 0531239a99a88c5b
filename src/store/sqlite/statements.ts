import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'

/** A statement whose rows are arrays: at a million rows objects cost twice the time. */
export function returningArrays(db: DatabaseSync, sql: string): StatementSync {
  const statement = db.prepare(sql)
  statement.setReturnArrays(true)
  return statement
}

export type Row = readonly SQLOutputValue[]

/** The rows of a statement made by `returningArrays`, whose type does not tell. */
export function allRows(statement: StatementSync, ...parameters: (string | number)[]): Row[] {
  return statement.all(...parameters) as unknown as Row[]
}

export function firstRow(statement: StatementSync, ...parameters: (string | number)[]): Row | undefined {
  return statement.get(...parameters) as unknown as Row | undefined
}
