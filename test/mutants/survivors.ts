import { readFileSync } from 'node:fs'
import { parse, stringify } from 'yaml'
import type { Change, Mutant } from './mutant.ts'

/** Mutants of one file that no test finds, and why none has to. */
interface Known {
  readonly why: string
  readonly mutants: readonly Change[]
}

/** The known survivors by file, as survivors.yaml has them. */
export type KnownSurvivors = Readonly<Record<string, readonly Known[]>>

export interface Comparison {
  /** Survivors that are not known. */
  readonly unknown: readonly Mutant[]
  /** Known survivors that tests find by now, or whose code is no more; in the form of survivors.yaml, without the reason. */
  readonly gone: readonly (Change & { readonly file: string })[]
}

export function readKnownSurvivors(): KnownSurvivors {
  const known = parse(readFileSync(new URL('survivors.yaml', import.meta.url), 'utf8')) as KnownSurvivors | null
  for (const [file, entries] of Object.entries(known ?? {})) {
    if (entries.some(({ why }) => !why)) throw new Error(`survivors.yaml: every entry of ${file} needs a reason, "why"`)
  }
  return known ?? {}
}

/** Compares what survived in a folder with what is known to. */
export function compare(folder: string, mutants: readonly Mutant[], known: KnownSurvivors): Comparison {
  const survivors = mutants.filter(({ isFound }) => !isFound)
  const listed = Object.entries(known)
    .filter(([file]) => file.startsWith(`${folder}/`))
    .flatMap(([file, entries]) => entries.flatMap(({ mutants }) => mutants.map((change) => ({ file, ...change }))))
  const surviving = new Set(survivors.map(keyOf))
  const expected = new Set(listed.map(keyOf))
  return {
    unknown: survivors.filter((mutant) => !expected.has(keyOf(mutant))),
    gone: listed.filter((change) => !surviving.has(keyOf(change))),
  }
}

/** Survivors in the form of survivors.yaml, for which someone has yet to say why. */
export function toYaml(survivors: readonly (Change & { readonly file: string })[]): string {
  const files: Record<string, { why: string; mutants: Change[] }[]> = {}
  for (const { file, before, after } of survivors) {
    files[file] ??= [{ why: '', mutants: [] }]
    files[file][0]!.mutants.push({ before, after })
  }
  return stringify(files, { lineWidth: 0 })
}

function keyOf({ file, before, after }: Change & { readonly file: string }): string {
  return JSON.stringify([file, before, after])
}
