import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { pathToString } from '@bufbuild/protobuf/reflect'
import { createValidator, type Violation } from '@bufbuild/protovalidate'
import { invalidFields } from '../domain/errors.ts'
import { MAX_BATCH } from '../domain/limits.ts'

const validator = createValidator()
/** Stops at the first fault: of a list or map that is far too long nobody wants to hear what is wrong with each item. */
const firstFault = createValidator({ failFast: true })

/** Throws INVALID_FIELD, naming every field at fault, where a message breaks the rules that the contract states. */
export function validate<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): void {
  const result = (isBulky(message) ? firstFault : validator).validate(schema, message)
  if (result.kind === 'valid') return
  if (result.kind === 'error') throw result.error
  throw invalidFields(
    result.violations.map((violation) => ({ field: fieldOf(violation), description: violation.message })),
  )
}

/** Whether a list or map of the message, or of a message in one of its fields, has more items than any may have. */
function isBulky(message: object): boolean {
  for (const name in message) {
    const value: unknown = message[name as keyof object]
    if (typeof value !== 'object' || value === null) continue
    if (sizeOf(value) > MAX_BATCH || ('$typeName' in value && isBulky(value))) return true
  }
  return false
}

function sizeOf(value: object): number {
  if (Array.isArray(value)) return value.length
  return ArrayBuffer.isView(value) ? 1 : Object.keys(value).length
}

/** A rule of a whole message has no path; the contract names such rules `field.rule`, after the field to look at first. */
function fieldOf({ field, rule, ruleId }: Violation): string {
  const path = pathToString(field)
  const [name, isOfMessage] = ruleId.split('.')
  if (rule.length > 0 || !isOfMessage) return path
  return path === '' ? name! : `${path}.${name}`
}
