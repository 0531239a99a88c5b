import { expect } from 'vitest'
import { type Config, readServeConfig, serveSettings } from '../../src/config/config.ts'
import { environmentName } from '../../src/config/settings.ts'

const settings = Object.values(serveSettings)
const VARIABLES = new Set([...settings.map(environmentName), 'CHATAPI_TOKEN', 'CHATAPI_TOKEN_FILE', 'CHATAPI_ADDRESS'])
const FLAGS = new Set([...settings.map(({ flag }) => `--${flag}`), '--print-config', '--help'])

/** Whatever a text names of the server's settings is there, in comments and prose as well. */
export function expectKnownSettings(text: string): void {
  const variables = text.match(/\bCHATAPI_[A-Z_]+/g) ?? []
  // The `--file` of docker and the like stands on lines that do not serve.
  const lines = text.split('\n').filter((line) => /\bchatapi(.js)?("?,)? "?serve\b/.test(line))
  const flags = lines.flatMap((line) => line.slice(line.indexOf('serve')).match(/--[a-z-]+/g) ?? [])
  expect(variables.filter((name) => !VARIABLES.has(name))).toEqual([])
  expect(flags.filter((flag) => !FLAGS.has(flag))).toEqual([])
}

/** What a server makes of an environment; throws where it would not start with it. */
export function configOf(environment: Readonly<Record<string, unknown>>): Config {
  return readServeConfig({}, environment as Record<string, string>)
}

/** The ports of the two listeners. */
export function portsOf({ grpcListen, httpListen }: Config): (number | undefined)[] {
  return [grpcListen?.port, httpListen?.port]
}
