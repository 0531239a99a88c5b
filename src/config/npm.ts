import type { Environment } from './settings.ts'

/** Whether this process was started by `npm start` or `npm run chatapi` of this project. */
export function isScriptOfNpm(environment: Environment = process.env): boolean {
  const { npm_package_name: name, npm_lifecycle_event: script = '' } = environment
  return name === 'chatapi' && ['start', 'chatapi'].includes(script)
}
