import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { pathToString } from '@bufbuild/protobuf/reflect'
import { createValidator, type Violation } from '@bufbuild/protovalidate'
import { invalidFields } from '../domain/errors.ts'

const validator = createValidator()

/** Throws INVALID_FIELD, naming every field at fault, where a message breaks the rules that the contract states. */
export function validate<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): void {
  const result = validator.validate(schema, message)
  if (result.kind === 'valid') return
  if (result.kind === 'error') throw result.error
  throw invalidFields(
    result.violations.map((violation) => ({ field: fieldOf(violation), description: violation.message })),
  )
}

/** A rule of a whole message has no field; the contract names it `field.rule`, after the field to look at first. */
function fieldOf(violation: Violation): string {
  const path = pathToString(violation.field)
  if (!violation.rule.some((step) => step.kind === 'field' && step.name === 'cel')) return path
  const [field] = violation.ruleId.split('.')
  return path === '' ? field! : `${path}.${field}`
}
