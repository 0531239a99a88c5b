import type { Goal } from './report.ts'

export interface ClientMeasurement {
  readonly name: string
  readonly value: number
  readonly unit: string
}

/** Measures the clients that people install. */
export async function compareClients(_quick: boolean): Promise<{ measurements: ClientMeasurement[]; goals: Goal[] }> {
  return { measurements: [], goals: [] }
}
