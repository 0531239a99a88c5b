import { type Environment, environmentName, type Setting } from './settings.ts'

const PREFIX = 'CHATAPI_'

/** Variables of the clients and of the tests, which may stand in the environment of a server, too. */
const OF_OTHERS = new Set(['CHATAPI_ADDRESS', 'CHATAPI_TOKEN', 'CHATAPI_TOKEN_FILE', 'CHATAPI_TEST_MONGOD'])

/** A slip of the pen changes no more characters than this. */
const MAX_SLIPS = 3

/** Longest name that is compared and shown whole. */
const MAX_NAME_LENGTH = 60

/** A warning for each variable that looks like an option and is none. Values are not shown: one may be a secret. */
export function warningsOfUnknown(
  settings: Iterable<Pick<Setting<unknown>, 'flag'>>,
  environment: Environment = process.env,
): string[] {
  const known = new Set(Array.from(settings, environmentName))
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name) && !OF_OTHERS.has(name))
    .sort()
    .map((name) => {
      const nearest = nearestOf(name, known)
      return `${name.slice(0, MAX_NAME_LENGTH)} is the variable of no option and is ignored${nearest ? `; did you mean ${nearest}?` : ''}`
    })
}

function nearestOf(name: string, known: Iterable<string>): string | undefined {
  if (name.length > MAX_NAME_LENGTH) return undefined
  let nearest: string | undefined
  let fewest = MAX_SLIPS + 1
  for (const candidate of known) {
    const slips = distance(name, candidate)
    if (slips < fewest) [nearest, fewest] = [candidate, slips]
  }
  return nearest
}

/** How many characters must be put in, left out or changed to come from one text to the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const change = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[to.length]!
}
