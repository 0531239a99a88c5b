import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Attack, Door } from './attack.ts'
import { Attacks } from './attacks.ts'
import { formatCases } from './cases.ts'
import { perform } from './connection.ts'
import { type ProbeFigures, startProbe } from './probe.ts'
import { Reproduction } from './reproduction.ts'
import { Tally } from './tally.ts'
import {
  crashOf,
  type Fault,
  faultOf,
  faultOfFiles,
  faultOfLookups,
  faultOfStop,
  startTrial,
  type Trial,
} from './trial.ts'
import { judge } from './verdict.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, '.cache/fuzz')

const CONCURRENCY = 24
const SAMPLE_MS = 200
/** What harmed a server is one of the last attacks; one that hangs is noticed only when a lookup has waited for long. */
const SUSPECTS = 300
/** Of more faults the first tell enough. */
const MAX_FAILURES = 8

export interface CampaignOptions {
  readonly seed: number
  readonly seconds: number
  readonly doors: readonly Door[]
  readonly onProgress?: (progress: { connections: number; secondsLeft: number; failures: number }) => void
}

export interface Failure extends Fault {
  /** The attacks that did it, or are suspected, to be replayed. */
  readonly file: string | undefined
  /** Whether it came about again when those were tried on a fresh server. */
  readonly isReproduced: boolean
}

/** What one server went through. */
export interface Round {
  readonly probe: readonly ProbeFigures[]
  readonly memory: { readonly beforeBytes: number; readonly peakBytes: number; readonly afterBytes: number }
  readonly files: { readonly before: number; readonly after: number }
}

export interface CampaignResult {
  readonly seed: number
  readonly seconds: number
  readonly tally: Tally
  readonly rounds: readonly Round[]
  readonly failures: readonly Failure[]
}

/** Attacks a server until the time is over; when it dies, the next one. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const started = performance.now()
  const deadline = started + 1_000 * options.seconds
  const tally = new Tally()
  const rounds: Round[] = []
  const failures: Failure[] = []
  const streams = new Map<Door, Attacks>()
  while (performance.now() < deadline && failures.length < MAX_FAILURES) {
    const trial = await startTrial()
    await using _target = trial.target
    const attackers = options.doors.map((door) => {
      const attacks = streams.get(door) ?? new Attacks(options.seed, door, trial.pageTokens)
      streams.set(door, attacks)
      return attacks
    })
    const { round, found } = await runRound(trial, attackers, tally, deadline, (connections) =>
      options.onProgress?.({
        connections,
        secondsLeft: Math.max(0, (deadline - performance.now()) / 1_000),
        failures: failures.length,
      }),
    )
    rounds.push(round)
    for (const { fault, suspects } of found) {
      if (failures.length === MAX_FAILURES || failures.some((known) => isAlike(known, fault))) continue
      failures.push(await explain(fault, suspects, `seed-${options.seed}-${failures.length + 1}.yaml`))
    }
  }
  return { seed: options.seed, seconds: (performance.now() - started) / 1_000, tally, rounds, failures }
}

interface Finding {
  readonly fault: Fault
  readonly suspects: readonly Attack[]
}

async function runRound(
  trial: Trial,
  attackers: readonly Attacks[],
  tally: Tally,
  deadline: number,
  onProgress: (connections: number) => void,
): Promise<{ round: Round; found: readonly Finding[] }> {
  const { target, before } = trial
  const probe = await startProbe(target.ports)
  const found: Finding[] = []
  const recent: Attack[] = []
  let peakBytes = before.bytes ?? 0
  const isOver = () => performance.now() >= deadline || !target.isRunning() || found.length >= MAX_FAILURES
  let turn = 0

  async function attack(): Promise<void> {
    while (!isOver() && probe.fault() === undefined && target.log.fault === undefined) {
      turn += 1
      const attack = attackers[turn % attackers.length]!.next()
      recent.push(attack)
      if (recent.length > SUSPECTS) recent.shift()
      const exchange = await perform(attack, target.ports[attack.door])
      if (!target.isRunning()) return
      const verdict = await judge(attack, exchange)
      tally.add(attack, verdict)
      if (verdict.fault !== undefined) {
        found.push({ fault: { kind: 'answer', what: verdict.fault }, suspects: [attack] })
      }
    }
  }
  async function sample(done: AbortSignal): Promise<void> {
    while (!done.aborted) {
      peakBytes = Math.max(peakBytes, target.residentBytes() ?? 0)
      onProgress(tally.connections)
      await sleep(SAMPLE_MS, undefined, { signal: done }).catch(() => {})
    }
  }
  const done = new AbortController()
  const sampling = sample(done.signal)
  await Promise.all(Array.from({ length: CONCURRENCY }, attack))
  done.abort()
  await sampling

  const suspects = [...recent]
  const figures = await probe.stop()
  const what = probe.fault()
  const shown = (await faultOf(target)) ?? (what === undefined ? undefined : await crashOf(target))
  if (shown) found.push({ fault: shown, suspects })
  if (!shown && what !== undefined) found.push({ fault: { kind: 'lookup', what }, suspects })
  let afterBytes = 0
  let filesAfter = 0
  if (target.isRunning()) {
    const late = (await faultOfLookups(target)) ?? (await faultOfFiles(trial)) ?? (await faultOf(target))
    afterBytes = target.residentBytes() ?? 0
    filesAfter = target.openFiles() ?? 0
    const last = late ?? (await faultOfStop(target))
    if (last && !shown) found.push({ fault: last, suspects })
  }
  const memory = { beforeBytes: before.bytes ?? 0, peakBytes, afterBytes }
  return { round: { probe: figures, memory, files: { before: before.files ?? 0, after: filesAfter } }, found }
}

/** Two faults of one cause differ in numbers and bytes. */
function isAlike(a: Fault, b: Fault): boolean {
  const gist = ({ kind, what }: Fault) => `${kind} ${what.replaceAll(/\d+/g, '0').slice(0, 80)}`
  return a.kind !== 'crash' && gist(a) === gist(b)
}

/** Writes down what did it: the least that does it again, or all that may have. */
async function explain(fault: Fault, suspects: readonly Attack[], name: string): Promise<Failure> {
  const canRepeat = fault.kind !== 'leak' && fault.kind !== 'stop'
  await using reproduction = new Reproduction(fault.kind)
  const reduced = canRepeat ? await reproduction.reduce(suspects) : undefined
  mkdirSync(folder, { recursive: true })
  const file = join(folder, name)
  writeFileSync(file, formatCases(fault.what.split('\n', 1)[0]!.slice(0, 300), reduced ?? suspects))
  return { ...fault, file: relative(process.cwd(), file), isReproduced: reduced !== undefined }
}
