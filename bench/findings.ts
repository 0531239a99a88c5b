import type { Comparison } from './compare.ts'

/** What was set out for, and what was measured. */
export interface Goal {
  readonly name: string
  readonly measured: number
  readonly bound: { readonly least: number } | { readonly most: number }
  readonly unit: string
}

/** One figure. */
export interface Fact {
  readonly name: string
  readonly value: number
  readonly unit: string
}

/** What a part of the benchmark found. */
export interface Findings {
  readonly comparisons?: readonly Comparison[]
  readonly facts?: { readonly title: string; readonly rows: readonly Fact[] }
  readonly goals: readonly Goal[]
}
