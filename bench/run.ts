/**
 * Measures the service beside its baselines and its limit, in one run: servers take turns, ratios are of medians. Prints
 * tables; `--json FILE` writes the same for programs. `--only NAME` runs one part and may be given again. `--quick` does
 * little, to see that it works. `--settings` compares settings of the server instead.
 */
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import type { Findings } from './findings.ts'
import { parts } from './parts.ts'
import { printFindings, printGoals, printPeers } from './report.ts'
import { compareSettings } from './settings.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: Object.keys(parts) },
    settings: { type: 'boolean', default: false },
  },
})
const unknown = options.only.find((name) => !(name in parts))
if (unknown !== undefined) throw new Error(`no part "${unknown}"; there are ${Object.keys(parts).join(', ')}`)

const cpu = cpus()[0]?.model ?? 'unknown'
const rounds = options.quick
  ? { count: 1, seconds: 0.3, warmUpSeconds: 0.3 }
  : { count: 9, seconds: 1, warmUpSeconds: 2 }
const findings: Record<string, Findings> = {}
const folder = await mkdtemp(join(tmpdir(), 'chatapi-bench-'))
const bench: Bench = { isQuick: options.quick, rounds, folder }
try {
  console.log(`Node ${process.version} on ${cpu}; one core for servers, one for the load`)
  console.log(`Medians of ${rounds.count} rounds of ${rounds.seconds} s`)
  if (options.settings) await compareSettings(bench)
  else await measureParts()
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measureParts(): Promise<void> {
  for (const name of options.only) {
    findings[name] = await parts[name]!(bench)
    printFindings(findings[name])
  }
  printPeers(Object.values(findings).flatMap(({ peers = [] }) => peers))
  printGoals(Object.values(findings).flatMap(({ goals }) => goals))
  if (options.json) {
    writeFileSync(options.json, `${JSON.stringify({ node: process.version, cpu, rounds, findings }, null, 2)}\n`)
  }
}
