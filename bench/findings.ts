import type { Comparison } from './compare.ts'

/** What was set out for, and what was measured. */
export interface Goal {
  readonly name: string
  readonly measured: number
  readonly bound: { readonly least: number } | { readonly most: number }
  readonly unit: string
}

/** How the server stands beside another that sets no goal, in calls per second. */
export interface Peer {
  readonly name: string
  readonly ratio: number
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
  readonly peers?: readonly Peer[]
  readonly goals: readonly Goal[]
}
