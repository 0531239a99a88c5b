import { existsSync } from 'node:fs'
import { type BackupFile, openBackup } from '../backup/backup-file.ts'
import { type Verification, verify } from '../backup/verification.ts'
import { ExportFileError } from '../export-file/format.ts'
import { CommandError, ExitCode } from './exit.ts'
import { startProgress } from './progress.ts'

/** Opens a backup and looks through all of it. The caller closes it. */
export async function openVerified(
  name: string,
  signal: AbortSignal,
): Promise<{ backup: BackupFile; verification: Verification }> {
  if (!existsSync(name)) {
    throw new CommandError(`there is no file ${name}`, { exitCode: ExitCode.notFound })
  }
  const backup = await openBackup(name, signal).catch((error: unknown) => {
    if (!(error instanceof ExportFileError)) throw error
    throw new CommandError(`${name} is no export file that can be read: ${error.message}`, { cause: error })
  })
  try {
    using progress = startProgress(backup.approximateCount, 'rows')
    const verification = await verify(backup, { signal, onProgress: (rows) => progress.show(rows) })
    return { backup, verification }
  } catch (error) {
    await backup.close()
    throw error
  }
}
