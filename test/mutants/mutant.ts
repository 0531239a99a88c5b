/** A change of the code, by the line that it stands in, so that a list of them outlives edits elsewhere in the file. */
export interface Change {
  readonly before: string
  readonly after: string
}

export interface Mutant extends Change {
  /** From the top of the project. */
  readonly file: string
  readonly line: number
  /** Whether a test failed or hung. */
  readonly isFound: boolean
}

interface Place {
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

/** A mutation as its first line reads before and after it; `…` stands for the lines between that and the end of it. */
export function changeOf(source: string, { start, end }: { start: Place; end: Place }, replacement: string): Change {
  const lines = source.split('\n')
  const first = lines[start.line - 1]!
  const last = lines[end.line - 1]!
  const head = first.slice(0, start.column - 1)
  const before = start.line === end.line ? first : `${first} … ${last.trim()}`
  return { before: inOneLine(before), after: inOneLine(`${head}${replacement}${last.slice(end.column - 1)}`) }
}

function inOneLine(code: string): string {
  return code.replace(/\s+/g, ' ').trim()
}

/** The part of the mutants that tests found, in percent; 100 where there are none. */
export function scoreOf(mutants: readonly Mutant[]): number {
  if (mutants.length === 0) return 100
  return (100 * mutants.filter(({ isFound }) => isFound).length) / mutants.length
}
