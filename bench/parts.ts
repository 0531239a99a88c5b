import type { Part } from './bench.ts'
import { measureClients } from './parts/clients.ts'
import { measureConnect } from './parts/connect.ts'
import { measureFlood } from './parts/flood.ts'
import { measureIdle } from './parts/idle.ts'
import { measureList } from './parts/list.ts'
import { measureLookup } from './parts/lookup.ts'
import { measureMixed } from './parts/mixed.ts'
import { measureOverload } from './parts/overload.ts'
import { measureQuery } from './parts/query.ts'
import { measureScale } from './parts/scale.ts'
import { measureTracing } from './parts/tracing.ts'
import { measureWorkers } from './parts/workers.ts'

/** In the order in which they run, by the names that `--only` takes. */
export const parts: Readonly<Record<string, Part>> = {
  lookup: measureLookup,
  list: measureList,
  connect: measureConnect,
  mixed: measureMixed,
  idle: measureIdle,
  flood: measureFlood,
  overload: measureOverload,
  query: measureQuery,
  scale: measureScale,
  clients: measureClients,
  tracing: measureTracing,
  workers: measureWorkers,
}
