import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { expect, it } from 'vitest'
import type { Caller, Outcome } from './caller.ts'
import type { Case, CaseFile } from './case-files.ts'

/** Declares a test for each case of a file. They run in order, and values that one keeps serve the later ones. */
export function itAnswers(file: CaseFile, caller: () => Caller): void {
  const kept = new Map<string, JsonValue>()
  it.each(file.cases.map((testCase) => [testCase.name, testCase] as const))('%s', async (_name, testCase) => {
    const request = filledIn(testCase.request ?? {}, kept) as JsonObject
    const outcome = await caller()(testCase.call, request)
    expectOutcome(testCase, outcome)
    for (const [name, path] of Object.entries(testCase.keep ?? {})) {
      const value = at(outcome.error ? {} : outcome.answer, path)
      expect(value, `${path}, to be kept as ${name}`).toBeDefined()
      kept.set(name, value!)
    }
  })
}

function expectOutcome({ answer, error, absent = [] }: Case, outcome: Outcome): void {
  if (error) {
    if (!outcome.error) expect.fail(`an answer in place of ${error.code}: ${JSON.stringify(outcome.answer)}`)
    expect(outcome.error).toMatchObject({ code: error.code, ...(error.reason && { reason: error.reason }) })
    if (error.fields) expect(new Set(outcome.error.fields)).toEqual(new Set(error.fields))
    return
  }
  if (outcome.error) expect.fail(`an error in place of an answer: ${JSON.stringify(outcome.error)}`)
  // Lists match in length and each element in part, which is how toMatchObject reads them too.
  expect(outcome.answer).toMatchObject(answer ?? {})
  for (const path of absent) expect(at(outcome.answer, path), path).toBeUndefined()
}

/** The value at a dotted path; undefined where it leads nowhere. */
function at(value: JsonValue, path: string): JsonValue | undefined {
  let current: JsonValue | undefined = value
  for (const key of path.split('.')) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined
    current = (current as JsonObject)[key]
  }
  return current
}

function filledIn(value: JsonValue, kept: ReadonlyMap<string, JsonValue>): JsonValue {
  if (typeof value === 'string') {
    const [, name] = /^\$\{(\w+)\}$/.exec(value) ?? []
    if (name === undefined) return value
    if (!kept.has(name)) throw new Error(`no case before this one kept ${name}`)
    return kept.get(name)!
  }
  if (Array.isArray(value)) return value.map((element) => filledIn(element, kept))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, filledIn(field, kept)]))
}
