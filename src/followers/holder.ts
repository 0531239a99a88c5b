import { randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** What is known of a process, where the system tells; a text that no other process has, now or later. */
interface Mark {
  /** The running of the machine, and what numbers its processes. */
  readonly machine: string | undefined
  readonly pid: number
  /** When the process began, in the ticks of the machine: numbers of processes are given again. */
  readonly startTime: string | undefined
  readonly random: string
}

/** Names this process as one that follows, so that others can tell when it is no more. */
export function newHolder(): string {
  const mark: Mark = {
    machine: machine(),
    pid: process.pid,
    startTime: startTimeOf('self'),
    random: randomBytes(8).toString('hex'),
  }
  return JSON.stringify(mark)
}

/** Whether the process is certainly no more; false where that cannot be told, as of another machine. */
export function isGone(holder: string): boolean {
  try {
    const { machine: its, pid, startTime } = JSON.parse(holder) as Mark
    if (its === undefined || its !== machine()) return false
    return startTimeOf(pid) !== startTime
  } catch {
    return false
  }
}

function machine(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return `${hostname()} ${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return undefined
  }
}

/** Undefined where there is no such process. */
function startTimeOf(pid: number | 'self'): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name of the program comes before and may hold blanks.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
