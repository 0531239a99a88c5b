import type { BackupFile } from '../backup/backup-file.ts'
import type { Verification } from '../backup/verification.ts'
import type { BackupConfig } from '../config/config.ts'
import { parseStoreUrl } from '../config/store-url.ts'
import { formatRevision } from '../domain/revision.ts'
import { formatTime } from '../domain/timestamp.ts'
import { openVerified } from './backup-source.ts'
import { CommandError, ExitCode, endSoon } from './exit.ts'
import { onStopSignal } from './signals.ts'
import { aligned, grouped, printable } from './text.ts'

/** Problems that the report for people lists. */
const MAX_PROBLEMS_SHOWN = 20

/** Looks through a backup, or a store in a file, and reports what it holds and what is wrong with it. */
export async function runVerify(file: string | undefined, config: BackupConfig): Promise<number> {
  const stopping = new AbortController()
  using _signals = onStopSignal((signal) => stopping.abort(new CommandError(`ended by ${signal}`)))
  await using opened = new AsyncDisposableStack()
  opened.defer(() => {
    if (stopping.signal.aborted) endSoon(ExitCode.failed)
  })
  const name = file ?? pathOf(config.store)
  const { backup, verification } = await openVerified(name, stopping.signal)
  opened.defer(() => backup.close())
  process.stdout.write(config.json ? formatJson(name, backup, verification) : formatText(name, backup, verification))
  return verification.problemCount === 0 ? ExitCode.done : ExitCode.failed
}

function pathOf(storeUrl: string): string {
  const location = parseStoreUrl(storeUrl)
  if (location.engine === 'sqlite') return location.path
  throw new CommandError('a MongoDB looks after its files itself; name a backup, or a --store sqlite:PATH')
}

function formatText(name: string, backup: BackupFile, verification: Verification): string {
  const { streams, groups, privates, unknown, problems, problemCount } = verification
  const facts: (readonly [string, string])[] = [
    ['streams', grouped(streams)],
    ['groups', grouped(groups)],
    ['private chats', grouped(privates)],
    ['unknown', grouped(unknown)],
    ['revision', formatRevision(backup.revision)],
    ...(backup.exportTime === undefined ? [] : [['written', formatTime(backup.exportTime)] as const]),
  ]
  const shown = problems.slice(0, MAX_PROBLEMS_SHOWN).map((problem) => `  ${printable(problem)}\n`)
  const left = problemCount - shown.length
  if (left > 0) shown.push(`  and ${grouped(left)} more\n`)
  const verdict = problemCount === 0 ? '\nIt is whole.\n' : `\nIt is damaged:\n${shown.join('')}`
  return `${printable(name)} (${backup.kind})\n\n${aligned(facts, '  ')}${verdict}`
}

function formatJson(name: string, backup: BackupFile, verification: Verification): string {
  const { streams, groups, privates, unknown, problems, problemCount } = verification
  return `${JSON.stringify({
    file: name,
    kind: backup.kind,
    streams,
    groups,
    privates,
    unknown,
    revision: formatRevision(backup.revision),
    directoryId: backup.directoryId,
    ...(backup.exportTime !== undefined && { exportTime: formatTime(backup.exportTime) }),
    isWhole: problemCount === 0,
    problemCount,
    problems,
  })}\n`
}
