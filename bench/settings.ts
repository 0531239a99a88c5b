import { NODE_FLAGS } from '../src/launcher.ts'
import { type Bench, DIRECTORY_SIZE } from './bench.ts'
import { compare } from './compare.ts'
import type { Environment } from './machine.ts'
import { MB } from './memory.ts'
import { type Setup, startOurs } from './ours.ts'
import { flood } from './parts/flood.ts'
import { lists, lookups } from './questions.ts'
import { grouped, printFindings } from './report.ts'
import { seededStore } from './streams.ts'
import { printTable } from './table.ts'

const ONE_THREAD = '--single-threaded-gc'
/** What V8 comes with. */
const INLINING = ['--max-inlined-bytecode-size=460', '--max-inlined-bytecode-size-cumulative=920']
const FEW_ARENAS = { MALLOC_ARENA_MAX: '2' }
const TRIMMED = { MALLOC_TRIM_THRESHOLD_: '131072' }

const settings: readonly Setup[] = [
  { name: 'as it launches itself' },
  ...[1, 2, 4, 8, 16].map((megabytes) => setting([semiSpace(megabytes)])),
  ...[1, 2, 4, 8, 16].map((megabytes) => setting([semiSpace(megabytes), ONE_THREAD])),
  setting(INLINING),
  setting([semiSpace(2)], FEW_ARENAS),
  setting([semiSpace(2)], TRIMMED),
  setting([semiSpace(2), ONE_THREAD], FEW_ARENAS),
  setting([semiSpace(2), ONE_THREAD], { ...FEW_ARENAS, ...TRIMMED }),
]

function semiSpace(megabytes: number): string {
  return `--max-semi-space-size=${megabytes}`
}

function setting(flags: readonly string[], environment: Environment = {}): Setup {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  // A server that finds its flags leaves all settings as they were given. Of a flag that is given twice, the last counts.
  return { flags: [...NODE_FLAGS, ...flags], environment, name: [...flags, ...variables].join(' ') }
}

/** Lets servers take turns that differ in the settings of V8 and of the allocator alone, and prints what each does. */
export async function compareSettings(bench: Bench): Promise<void> {
  const quick = bench.isQuick ? settings.slice(0, 2) : settings
  const calls = await compareCalls(bench, quick)
  printFindings({ comparisons: [calls.lookup, calls.list], goals: [] })
  const rows: string[][] = []
  for (const [index, setup] of quick.entries()) {
    const lookup = calls.lookup.measurements[index]!
    const list = calls.list.measurements[index]!
    const memory = await measureMemory(bench, setup)
    rows.push([
      setup.name!,
      grouped(lookup.callsPerSecond),
      grouped(lookup.callsPerCpuSecond),
      lookup.p50Ms.toFixed(2),
      lookup.p99Ms.toFixed(2),
      grouped(list.callsPerSecond),
      grouped(list.callsPerCpuSecond),
      list.p99Ms.toFixed(2),
      grouped(calls.residentMb[index]!),
      memory.loadSeconds.toFixed(1),
      grouped(memory.bytesPerStream),
      grouped(memory.peakMb),
      grouped(memory.afterMb),
    ])
  }
  const head = ['', 'lookups/s', '/CPU s', 'p50 ms', 'p99 ms', 'lists/s', '/CPU s', 'p99 ms', 'MB then']
  printTable([...head, 'load s', 'B/stream', 'MB flooded', 'MB after'], rows)
}

async function compareCalls({ rounds }: Bench, setups: readonly Setup[]) {
  await using running = new AsyncDisposableStack()
  const subjects = []
  for (const setup of setups) subjects.push(running.use(await startOurs(await seededStore(DIRECTORY_SIZE), setup)))
  const lookup = compare({ title: 'lookups', traffic: lookups(DIRECTORY_SIZE, 1, 64) }, subjects, rounds)
  const list = compare({ title: 'lists', traffic: lists(1, 8) }, subjects, rounds)
  return { lookup, list, residentMb: subjects.map((subject) => subject.residentBytes() / MB) }
}

/** Memory of a large directory once loaded, and of a small one after a flood of lists that nobody reads. */
async function measureMemory({ isQuick }: Bench, setup: Setup) {
  const size = isQuick ? 20_000 : 1_000_000
  const flooded = await flooding(setup, isQuick)
  const small = flooded.beforeMb * MB
  const storePath = await seededStore(size)
  const begin = performance.now()
  await using large = await startOurs(storePath, setup)
  const loadSeconds = (performance.now() - begin) / 1_000
  const bytesPerStream = (large.residentBytes() - small) / (size - DIRECTORY_SIZE)
  return { loadSeconds, bytesPerStream, peakMb: flooded.peakMb, afterMb: flooded.afterMb }
}

async function flooding(setup: Setup, isQuick: boolean) {
  await using subject = await startOurs(await seededStore(DIRECTORY_SIZE), setup)
  return await flood(subject, isQuick)
}
