import { type Readiness, STARTING } from '../directory/readiness.ts'

/** What a server is ready for: what each of its workers is, for nobody can choose which one answers. */
export function pooledReadiness(all: readonly Readiness[]): Readiness {
  if (all.length === 0) return STARTING
  const isServing = all.every((each) => each.isServing)
  const takesWrites = all.every((each) => each.takesWrites)
  const least = all.find((each) => !each.isServing) ?? all.find((each) => !each.takesWrites)
  return { isServing, takesWrites, ...(least?.reason !== undefined && { reason: least.reason }) }
}
