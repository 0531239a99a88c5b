import { fileDesc } from '@bufbuild/protobuf/codegenv2'

/**
 * Stands in for gen/ts/buf/validate/validate_pb.js in browser bundles (`browser` in package.json): only its name, which
 * is all that the contract needs of it where nobody enforces the rules. It saves a third of the bundle.
 */
export const file_buf_validate_validate = /*@__PURE__*/ fileDesc(
  'ChtidWYvdmFsaWRhdGUvdmFsaWRhdGUucHJvdG8SDGJ1Zi52YWxpZGF0ZQ==',
)
