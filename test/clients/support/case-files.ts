import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '@bufbuild/protobuf'
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt'
import { parse } from 'yaml'
import { ChatApi } from '../../../gen/ts/chatapi/v1/chat_api_pb.js'

export interface ExpectedError {
  readonly code: string
  readonly reason?: string
  readonly fields?: readonly string[]
}

/** As test/cases/README.md explains. */
export interface Case {
  readonly name: string
  readonly call: string
  readonly request?: JsonObject
  readonly answer?: JsonObject
  readonly error?: ExpectedError
  readonly absent?: readonly string[]
  readonly keep?: Readonly<Record<string, string>>
}

export interface CaseFile {
  readonly name: string
  readonly given: readonly JsonObject[]
  readonly cases: readonly Case[]
  /** Whether a case writes, and is not refused, so that each run needs a server of its own. */
  readonly writes: boolean
}

const FOLDER = fileURLToPath(new URL('../../cases', import.meta.url))

export function caseFiles(): CaseFile[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => {
      const { given, cases } = parse(readFileSync(join(FOLDER, name), 'utf8')) as Pick<CaseFile, 'given' | 'cases'>
      const writes = cases.some(({ call, error }) => !isSafe(call) && !error)
      return { name: basename(name, '.yaml'), given, cases, writes }
    })
}

function isSafe(call: string): boolean {
  const method = ChatApi.methods.find(({ name }) => name === call)
  if (!method) throw new Error(`no method is named ${call}`)
  return method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS
}
