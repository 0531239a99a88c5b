import { BSON } from 'mongodb'
import { linesOf } from '../export-file/lines.ts'
import type { DumpedDocument } from './bson-file.ts'
import type { StreamDocument } from './maibot-mongo.ts'

const MAX_INT64 = 2n ** 63n - 1n

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The documents of a file of `mongoexport`, one a line, in either of its forms. */
export async function* readExtendedJson(path: string, signal?: AbortSignal): AsyncGenerator<DumpedDocument> {
  let number = 0
  for await (const bytes of linesOf(path, signal)) {
    const place = `line ${++number}`
    try {
      const line = utf8.decode(bytes)
      if (line.trim() !== '') yield { place, document: parse(line) }
    } catch (error) {
      yield { place, fault: `is no document in extended JSON: ${(error as Error).message}` }
    }
  }
}

function parse(line: string): StreamDocument {
  const json = JSON.parse(line, keepDigits)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new TypeError('expected an object')
  return BSON.EJSON.deserialize(json, { relaxed: true, useBigInt64: true })
}

/** Ids of users and groups go beyond what a double holds, and some writers tell them as plain numbers. */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const digits = context?.source
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !digits || !/^-?\d+$/.test(digits)) return value
  const isInt64 = BigInt(digits) <= MAX_INT64 && BigInt(digits) >= -MAX_INT64 - 1n
  return isInt64 ? { $numberLong: digits } : value
}
