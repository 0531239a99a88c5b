import type { Environment } from './settings.ts'

const DEFAULT_SERVICE_NAME = 'chatapi'

export interface TracingConfig {
  /** The service that spans are of. */
  readonly serviceName: string
}

/**
 * Whether and as whom to trace: as soon as the environment has a variable of OpenTelemetry. What else those say is for its
 * SDK, which reads them itself.
 */
export function readTracingConfig(environment: Environment = process.env): TracingConfig | undefined {
  const isWanted = Object.entries(environment).some(([name, value]) => name.startsWith('OTEL_') && value)
  if (!isWanted || environment.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined
  return { serviceName: environment.OTEL_SERVICE_NAME || DEFAULT_SERVICE_NAME }
}
