import { styleText } from 'node:util'
import { maskUrl } from '../../config/store-url.ts'
import type { Asked } from '../asking.ts'
import { ExitCode, explain } from '../exit.ts'
import { print, printJson } from '../output.ts'
import { printable, shellWord } from '../text.ts'
import { type Check, type Checked, counted, found, type Patient } from './check.ts'
import { database } from './database.ts'
import { duplicates } from './duplicates.ts'
import { reachable } from './reachable.ts'
import { streams } from './streams.ts'
import { watching } from './watching.ts'
import { writes } from './writes.ts'

const CHECKS: readonly Check[] = [reachable, writes, database, watching, streams, duplicates]
const NAME_WIDTH = Math.max(...CHECKS.map(({ name }) => name.length))

const STYLES = { ok: 'green', found: 'red', note: 'yellow', skipped: 'dim' } as const
const STATUS_WIDTH = Math.max(...Object.keys(STYLES).map((status) => status.length))

/** Looks for what is wrong, and tells what mends it. */
export async function doctor({ directory, store, address, json, signal }: Asked): Promise<number> {
  const flags = store === undefined ? ` --address ${shellWord(address)}` : ` --store ${shellWord(maskUrl(store))}`
  const patient: Patient = { directory, store, signal, flags }
  const report: { check: string; checked: Checked }[] = []
  for (const check of CHECKS) {
    const isOver = report.some(({ checked }) => checked.isOver)
    const checked = isOver ? SKIPPED : await examine(check, patient)
    report.push({ check: check.name, checked })
    if (!json) await print(linesOf(check.name, checked), signal)
  }
  const count = report.reduce((sum, { checked }) => sum + (checked.status === 'found' ? checked.findings.length : 0), 0)
  if (json) await printJson({ url: directory.url, found: count, checks: report.map(toJson) }, signal)
  else await print(count === 0 ? '\nAll is well.\n' : `\n${counted(count, 'thing')} to mend.\n`, signal)
  return count === 0 ? ExitCode.done : ExitCode.found
}

const SKIPPED: Checked = { status: 'skipped', message: 'there is no answer', findings: [] }

/** A check that fails has found something. */
async function examine(check: Check, patient: Patient): Promise<Checked> {
  try {
    return await check.run(patient)
  } catch (error) {
    patient.signal.throwIfAborted()
    return found('it could not be looked at', [{ problem: explain(error), command: `chatapi doctor${patient.flags}` }])
  }
}

function toJson({ check, checked: { status, message, findings } }: { check: string; checked: Checked }) {
  return { check, status, message, findings: findings.map(({ problem, command }) => ({ problem, command })) }
}

function linesOf(name: string, { status, message, findings }: Checked): string {
  const mark = styleText(STYLES[status], status.padEnd(STATUS_WIDTH), { stream: process.stdout })
  const details = findings.map(({ problem, command }) => `  ${printable(problem)}\n    ${printable(command)}\n`)
  return `${mark}  ${name.padEnd(NAME_WIDTH)}  ${printable(message)}\n${details.join('')}`
}
