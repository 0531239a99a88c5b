import type { DescMessage, Message, MessageShape } from '@bufbuild/protobuf'
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

function isBulky(message: Message): boolean {
  return Object.values(message).some((value) => sizeOf(value) > MAX_BATCH)
}

/** How many items a list has, or entries a map. */
function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 1
  return Array.isArray(value) ? value.length : Object.keys(value).length
}

/** A rule of a whole message has no path; the contract names such rules `field.rule`, after the field to look at first. */
function fieldOf({ field, rule, ruleId }: Violation): string {
  const path = pathToString(field)
  const [name, isOfMessage] = ruleId.split('.')
  if (rule.length > 0 || !isOfMessage) return path
  return path === '' ? name! : `${path}.${name}`
}
