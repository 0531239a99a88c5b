/** Throws an error that was made elsewhere. */
export function failWith(error: Error): never {
  throw error
}
