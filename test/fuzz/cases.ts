import { readFileSync } from 'node:fs'
import { parseAllDocuments, stringify } from 'yaml'
import type { Attack, Door, Step } from './attack.ts'
import { bytesOf, type Notation, notationOf } from './notation.ts'

/** An attack that is kept, as it stands in a file. A file holds one, or several that go together. */
export interface Case {
  /** What it is, as a sentence. */
  readonly what: string
  readonly door: Door
  readonly steps: readonly CaseStep[]
  readonly requests?: number
  readonly isDeaf?: boolean
  /** How many do it at once; 1 unless said. */
  readonly connections?: number
  /** How many streams the directory has to hold. */
  readonly streams?: number
  /** Whether no request of it may be answered with success. */
  readonly isRefused?: boolean
  /** By how much the memory of the server may grow meanwhile. */
  readonly mostGrowthMiB?: number
}

type CaseStep = { readonly send: readonly Notation[] } | Exclude<Step, { readonly send: unknown }>

export function readCases(file: string | URL): Case[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0]!.message}`)
    return document.toJS() as Case
  })
}

/** Each connection of the case is an attack of its own. */
export function attacksOf({ what, door, steps, requests = 1, isDeaf = false, connections = 1 }: Case): Attack[] {
  const built = steps.map((step): Step => ('send' in step ? { send: step.send.map((part) => bytesOf([part])) } : step))
  return Array(connections).fill({ kind: what, door, steps: built, requests, isDeaf })
}

export function formatCases(what: string, attacks: readonly Attack[]): string {
  return attacks.map((attack) => stringify(caseOf(what, attack), { lineWidth: 0 })).join('---\n')
}

function caseOf(what: string, { kind, door, steps, requests, isDeaf }: Attack): Case {
  const written = steps.map((step): CaseStep => ('send' in step ? { send: step.send.map(notationOf) } : step))
  return { what: `${kind}: ${what}`, door, requests, ...(isDeaf && { isDeaf }), steps: written }
}
