import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { LOAD_CORE, root, type Subject } from './machine.ts'
import type { Goal } from './report.ts'
import { FIRST_GROUP, seededStore } from './streams.ts'

export interface ClientMeasurement {
  readonly name: string
  readonly value: number
  readonly unit: string
}

interface DropIn {
  readonly streams: number
  readonly measurements: readonly ClientMeasurement[]
}

interface Lookups {
  readonly callsPerSecond: number
}

const cache = join(root, '.cache/bench')

/** Measures the clients that people install, built from this checkout: lookups, and the Python drop-in beside a scan. */
export async function compareClients(
  start: (storePath: string) => Promise<Subject>,
  isQuick: boolean,
): Promise<{ measurements: ClientMeasurement[]; goals: Goal[] }> {
  const seconds = isQuick ? 1 : 5
  const largeSize = isQuick ? 20_000 : 100_000
  const small = await start(await seededStore(10_000))
  const large = await start(await seededStore(largeSize))
  try {
    const python = installPythonClient()
    const goClient = buildGoClient()
    const node = lookups(
      process.execPath,
      'bench/clients/node-lookups.ts',
      '--address',
      small.address,
      '--seconds',
      `${seconds}`,
    )
    const go = lookups(
      goClient,
      ...['-address', small.address, '-duration', `${seconds}s`, '-first', `${FIRST_GROUP}`, '-groups', '10000'],
    )
    const dropIn = (subject: Subject, streams: number): DropIn =>
      run(python, 'clients/python/bench/drop_in.py', '--address', subject.address, '--streams', `${streams}`)
    const ofSmall = dropIn(small, 10_000)
    const ofLarge = dropIn(large, largeSize)
    return {
      measurements: [
        { name: 'Node client, lookups', value: node.callsPerSecond, unit: 'calls/s' },
        { name: 'Go client, lookups', value: go.callsPerSecond, unit: 'calls/s' },
        ...[ofSmall, ofLarge].flatMap(({ streams, measurements }) =>
          measurements.map(({ name, value, unit }) => ({ name: `Python, ${streams} streams, ${name}`, value, unit })),
        ),
      ],
      goals: [
        {
          name: `Python drop-in: lookup among ${largeSize} streams against a scan in process`,
          measured: ratio(ofLarge, 'lookup, drop-in over RPC', 'lookup, scan in process'),
          bound: { most: 1 },
          unit: '×',
        },
        {
          name: 'Python drop-in: list of 10000 streams against a scan in process',
          measured: ratio(ofSmall, 'list, drop-in over RPC', 'list, scan in process'),
          bound: { most: 3 },
          unit: '×',
        },
      ],
    }
  } finally {
    await Promise.all([small.stop(), large.stop()])
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
  const venv = join(cache, 'python')
  execFileSync('python3', ['-m', 'venv', venv], { stdio: 'pipe' })
  const python = join(venv, 'bin/python')
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', './clients/python'], { cwd: root, stdio: 'pipe' })
  return python
}

function buildGoClient(): string {
  const path = join(cache, 'go-lookups')
  execFileSync('go', ['build', '-o', path, './clients/go/bench'], { cwd: root, stdio: 'pipe' })
  return path
}

function ratio({ measurements }: DropIn, name: string, other: string): number {
  const of = (wanted: string) => measurements.find((measurement) => measurement.name === wanted)?.value ?? Number.NaN
  return of(name) / of(other)
}
