import { setTimeout as sleep } from 'node:timers/promises'
import type { Attack, Door } from './attack.ts'
import { DOORS } from './attack.ts'
import { perform } from './connection.ts'
import { fillDirectory } from './directory.ts'
import { callerOf } from './lookup.ts'
import { startTarget, type Target } from './server.ts'
import { judge, type Verdict } from './verdict.ts'

/** What can go wrong, from worst to least. */
export type FaultKind = 'crash' | 'log' | 'answer' | 'lookup' | 'leak' | 'stop'

export interface Fault {
  readonly kind: FaultKind
  readonly what: string
}

/** As many files stay open as a server may open for itself meanwhile. */
const SPARE_FILES = 8
const FILES_TIMEOUT_MS = 20_000
const POLL_MS = 100
/** A stream that dies may be written to a moment later. */
const AFTERMATH_MS = 50
/** Behind the attack the server may have work left; how long that takes, the probe tells. */
const LAST_LOOKUP_TIMEOUT_MS = 30_000
const DYING_MS = 1_000

export const DEFAULT_STREAMS = 1_000

/** A fresh server with a directory that holds something. */
export interface Trial {
  readonly target: Target
  readonly pageTokens: readonly string[]
  /** Memory and open files before anything was tried. */
  readonly before: { readonly bytes: number | undefined; readonly files: number | undefined }
}

export async function startTrial(streams = DEFAULT_STREAMS): Promise<Trial> {
  const target = await startTarget()
  try {
    const pageTokens = await fillDirectory(target.ports.http, streams)
    target.log.restart()
    return { target, pageTokens, before: { bytes: target.residentBytes(), files: target.openFiles() } }
  } catch (error) {
    await target[Symbol.asyncDispose]()
    throw error
  }
}

/** Performs all at once. */
export async function performAll(attacks: readonly Attack[], target: Target): Promise<Verdict[]> {
  const verdicts = await Promise.all(
    attacks.map(async (attack) => judge(attack, await perform(attack, target.ports[attack.door]))),
  )
  await Promise.race([sleep(AFTERMATH_MS), target.ended])
  return verdicts
}

/** What the server shows of itself, without being asked. */
export async function faultOf(target: Target): Promise<Fault | undefined> {
  const { fault } = target.log
  // A process that dies says why before it is dead.
  if (fault !== undefined) await Promise.race([sleep(DYING_MS), target.ended])
  if (target.isRunning()) return fault === undefined ? undefined : { kind: 'log', what: fault }
  const { code, signal } = await target.ended
  return { kind: 'crash', what: `the process ended with ${code ?? signal}\n${target.log.tail()}` }
}

/** Asks both ports on new connections. */
export async function faultOfLookups(target: Target, timeoutMs = LAST_LOOKUP_TIMEOUT_MS): Promise<Fault | undefined> {
  for (const door of DOORS) {
    const what = await lookUpOnce(door, target.ports[door], timeoutMs)
    if (what !== undefined) return (await crashOf(target)) ?? { kind: 'lookup', what }
  }
  return undefined
}

/** A lookup that fails may be the first sign of it. */
export async function crashOf(target: Target): Promise<Fault | undefined> {
  await Promise.race([sleep(DYING_MS), target.ended])
  return target.isRunning() ? undefined : faultOf(target)
}

async function lookUpOnce(door: Door, port: number, timeoutMs: number): Promise<string | undefined> {
  const caller = callerOf(door, port)
  try {
    await caller.lookUp(timeoutMs)
    return undefined
  } catch (error) {
    return (error as Error).message
  } finally {
    caller.close()
  }
}

/** Waits until the server has closed what its clients have left. */
export async function faultOfFiles({ target, before }: Trial): Promise<Fault | undefined> {
  if (before.files === undefined) return undefined
  const most = before.files + SPARE_FILES
  const deadline = performance.now() + FILES_TIMEOUT_MS
  for (;;) {
    const files = target.openFiles()
    if (files === undefined || files <= most) return undefined
    if (performance.now() > deadline) {
      return { kind: 'leak', what: `${files} files are open where ${before.files} were, and nobody is connected` }
    }
    await sleep(POLL_MS)
  }
}

export async function faultOfStop(target: Target): Promise<Fault | undefined> {
  const { code, signal } = await target.stop()
  return code === 0 ? undefined : { kind: 'stop', what: `told to stop, the process ended with ${code ?? signal}` }
}
