import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { type Bench, DIRECTORY_SIZE } from '../bench.ts'
import type { Fact, Findings } from '../findings.ts'
import { buildGo } from '../go.ts'
import { LOAD_CORE, root, type Subject } from '../machine.ts'
import { startOurs } from '../ours.ts'
import { FIRST_GROUP, seededStore } from '../streams.ts'

interface DropIn {
  readonly streams: number
  readonly measurements: readonly Fact[]
}

interface Lookups {
  readonly callsPerSecond: number
}

/** Measures the clients that people install, built from this checkout: lookups, and the Python drop-in beside a scan. */
export async function measureClients({ isQuick }: Bench): Promise<Findings> {
  const seconds = isQuick ? 1 : 5
  const largeSize = isQuick ? 20_000 : 100_000
  const python = installPythonClient()
  const goClient = buildGo('go-lookups', './clients/go/bench')
  await using small = await startOurs(await seededStore(DIRECTORY_SIZE))
  await using large = await startOurs(await seededStore(largeSize))
  const ofSize = ['--address', small.address, '--streams', `${DIRECTORY_SIZE}`]
  const node = lookups(process.execPath, 'bench/clients/node-lookups.ts', ...ofSize, '--seconds', `${seconds}`)
  const groups = ['-first', `${FIRST_GROUP}`, '-groups', `${DIRECTORY_SIZE}`]
  const go = lookups(goClient, '-address', small.address, '-duration', `${seconds}s`, ...groups)
  const dropIn = (subject: Subject, streams: number): DropIn =>
    run(python, 'clients/python/bench/drop_in.py', '--address', subject.address, '--streams', `${streams}`)
  const ofSmall = dropIn(small, DIRECTORY_SIZE)
  const ofLarge = dropIn(large, largeSize)
  return {
    facts: {
      title: 'Clients',
      rows: [
        { name: 'Node client, lookups', value: node.callsPerSecond, unit: 'calls/s' },
        { name: 'Go client, lookups', value: go.callsPerSecond, unit: 'calls/s' },
        ...[ofSmall, ofLarge].flatMap(({ streams, measurements }) =>
          measurements.map(({ name, value, unit }) => ({ name: `Python, ${streams} streams, ${name}`, value, unit })),
        ),
      ],
    },
    goals: [
      {
        name: `Python drop-in: lookup among ${largeSize} streams against a scan in process`,
        measured: ratio(ofLarge, 'lookup, drop-in over RPC', 'lookup, scan in process'),
        bound: { most: 1 },
        unit: '×',
      },
      {
        name: `Python drop-in: list of ${DIRECTORY_SIZE} streams against a scan in process`,
        measured: ratio(ofSmall, 'list, drop-in over RPC', 'list, scan in process'),
        bound: { most: 3 },
        unit: '×',
      },
    ],
  }
}

/** Runs a client on the core of the load, and reads the JSON that it prints. */
function run<T>(command: string, ...args: string[]): T {
  const output = execFileSync('taskset', ['-c', LOAD_CORE, command, ...args], { cwd: root, stdio: 'pipe' })
  return JSON.parse(output.toString())
}

function lookups(command: string, ...args: string[]): Lookups {
  return run(command, ...args, '--in-flight', '64')
}

function installPythonClient(): string {
  const venv = join(root, '.cache/bench/python')
  execFileSync('python3', ['-m', 'venv', venv], { stdio: 'pipe' })
  const python = join(venv, 'bin/python')
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', './clients/python'], { cwd: root, stdio: 'pipe' })
  return python
}

function ratio({ measurements }: DropIn, name: string, other: string): number {
  const of = (wanted: string) => measurements.find((measurement) => measurement.name === wanted)?.value ?? Number.NaN
  return of(name) / of(other)
}
