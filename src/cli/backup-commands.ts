import type { Command } from 'commander'
import {
  backupSettings,
  exportSettings,
  readBackupConfig,
  readExportConfig,
  restoreSettings,
  verifySettings,
} from '../config/config.ts'
import { flagsOf, withSettings } from './options.ts'

const BACKUP_EXAMPLES = `
The server may be running: what is written is the store of one moment. A FILE that is there is never overwritten.

Examples:
  chatapi backup chats.jsonl.gz
  chatapi backup /backups/chatapi.db --store sqlite:/var/lib/chatapi/chatapi.db
  chatapi backup chats.jsonl.gz --store mongodb://127.0.0.1/MegBot`

const EXPORT_EXAMPLES = `
Examples:
  chatapi export chats.jsonl.gz
  CHATAPI_TOKEN=… chatapi export - --address https://chat.example.org | gzip > chats.jsonl.gz
  chatapi export chats.jsonl --store sqlite:/var/lib/chatapi/chatapi.db`

const RESTORE_EXAMPLES = `
The file is looked through before anything is written. Revisions and resume tokens of before are not valid afterwards.

Examples:
  chatapi restore chats.jsonl.gz
  chatapi restore /backups/chatapi.db --store mongodb://127.0.0.1/chats`

const VERIFY_EXAMPLES = `
Examples:
  chatapi verify chats.jsonl.gz
  chatapi verify --store sqlite:/var/lib/chatapi/chatapi.db`

/** What keeps a directory safe, and brings it back. */
export function addBackupCommands(program: Command, finish: (exitCode: number) => void): void {
  const backup = withSettings(program.command('backup').copyInheritedSettings(program), backupSettings)
    .summary('write what a store holds into a file')
    .description('Writes what a store holds into a new file.')
    .argument(
      '<FILE>',
      'NAME.db for a copy of the SQLite database, with its log; any other name for an export file, of any store, compressed where it ends in .gz',
    )
    .addHelpText('after', BACKUP_EXAMPLES)
    .action(async (file: string) => {
      const config = readBackupConfig(flagsOf(backup))
      finish(await (await import('./backup.ts')).runBackup(file, config))
    })

  const exporting = withSettings(program.command('export').copyInheritedSettings(program), exportSettings)
    .summary('write what a server shows into a file')
    .description('Writes all streams that a server shows the caller, as of one moment, into an export file.')
    .argument('<FILE>', 'a new file, compressed where its name ends in .gz, or - for standard output')
    .addHelpText('after', EXPORT_EXAMPLES)
    .action(async (file: string) => {
      const config = readExportConfig(flagsOf(exporting))
      finish(await (await import('./export.ts')).runExport(file, config))
    })

  const restore = withSettings(program.command('restore').copyInheritedSettings(program), restoreSettings)
    .summary('fill an empty store from a backup')
    .description('Fills an empty store, or one that is not there yet, from a backup: all of it, or nothing.')
    .argument('<FILE>', 'an export file, or a database of chatapi')
    .addHelpText('after', RESTORE_EXAMPLES)
    .action(async (file: string) => {
      const config = readBackupConfig(flagsOf(restore))
      finish(await (await import('./restore.ts')).runRestore(file, config))
    })

  const verify = withSettings(program.command('verify').copyInheritedSettings(program), verifySettings)
    .summary('look through a backup, or a store in a file')
    .description('Reads all of a backup, or of a store in a file, and tells what it holds and what is wrong with it.')
    .argument('[FILE]', 'an export file, or a database of chatapi; without one, the store')
    .addHelpText('after', VERIFY_EXAMPLES)
    .action(async (file: string | undefined) => {
      const config = readBackupConfig(flagsOf(verify))
      finish(await (await import('./verify.ts')).runVerify(file, config))
    })
}
