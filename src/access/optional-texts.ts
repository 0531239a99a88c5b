/**
 * A list of texts that bounds a scope; undefined where there is none, which is no bound. Throws what `refuse` makes of
 * anything else: what is not understood must not pass for absent, which would allow everything.
 */
export function optionalTexts(value: unknown, refuse: () => Error): readonly string[] | undefined {
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return Object.freeze(value)
  throw refuse()
}
