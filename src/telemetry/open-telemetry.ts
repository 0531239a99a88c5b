import { setTimeout as delay } from 'node:timers/promises'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import type { Logger } from 'pino'
import type { TracingConfig } from '../config/tracing.ts'
import { RationedLog } from '../log/rationed-log.ts'
import { Tracing } from './tracing.ts'

/** For how long a server that ends waits for whoever takes its last spans. */
const SHUTDOWN_MS = 2_000

export interface OpenTelemetry extends AsyncDisposable {
  readonly tracing: Tracing
}

/**
 * Starts the SDK of OpenTelemetry, which the environment sets up: `OTEL_EXPORTER_OTLP_ENDPOINT` and so on. It is loaded here
 * and only now, for it is optional, and large.
 */
export async function startOpenTelemetry({ serviceName }: TracingConfig, log: Logger): Promise<OpenTelemetry> {
  const [{ NodeSDK }, { hostDetector, resourceAttributesEnvDetector, serviceInstanceIdDetector }] = await load()
  const failures = new RationedLog(log, 'warn')
  const tell = (...[message, ...details]: unknown[]) => failures.tell({ details }, `OpenTelemetry: ${message}`)
  const ignore = () => {}
  diag.setLogger(
    { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  const sdk = new NodeSDK({
    serviceName,
    // That of the process has its arguments, which hold passwords.
    resourceDetectors: [hostDetector, resourceAttributesEnvDetector, serviceInstanceIdDetector],
    // Metrics are for Prometheus to fetch, and the log goes to standard error.
    metricReaders: [],
    logRecordProcessors: [],
  })
  sdk.start()
  return {
    tracing: new Tracing(),
    async [Symbol.asyncDispose]() {
      await Promise.race([sdk.shutdown().catch(tell), delay(SHUTDOWN_MS, undefined, { ref: false })])
    },
  }
}

async function load() {
  try {
    return await Promise.all([import('@opentelemetry/sdk-node'), import('@opentelemetry/resources')])
  } catch (cause) {
    throw new Error(
      'the environment has variables of OpenTelemetry (OTEL_…), and its SDK is not installed: ' +
        'npm install @opentelemetry/sdk-node @opentelemetry/resources, or set OTEL_SDK_DISABLED=true',
      { cause },
    )
  }
}
