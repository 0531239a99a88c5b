import type { TestProject } from 'vitest/node'
import { findMongod, type MongodBinary } from './mongod-binary.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    mongod: MongodBinary
  }
}

/** Fetches once, before the workers start, what several test files share. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide('mongod', await findMongod())
}
