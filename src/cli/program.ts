import { Command, CommanderError } from 'commander'
import {
  environmentWarnings,
  followSettings,
  importSettings,
  isJsonWanted,
  readFollowConfig,
  readImportConfig,
  readServeConfig,
  readTokenConfig,
  serveSettings,
  showConfig,
  tokenSettings,
} from '../config/config.ts'
import { maskUrlsIn } from '../config/store-url.ts'
import { packageVersion } from '../config/version.ts'
import { ASK_COMMANDS, addAskCommands } from './ask-commands.ts'
import { addBackupCommands } from './backup-commands.ts'
import { addCompletionCommands } from './completion.ts'
import { complain, ExitCode, formatFailure, reportFailure } from './exit.ts'
import { flagsOf, withSettings } from './options.ts'
import { aligned } from './text.ts'

const EPILOGUE = `
Whom to ask, and every option of serve, can be set in the environment, too: --grpc-listen is CHATAPI_GRPC_LISTEN. The option wins.
Exit codes: 0 done, 1 failed, or something was lost, 2 not understood, 3 not found, 4 ambiguous, 5 the doctor found something.`

const SERVE_EXAMPLES = `
Examples:
  chatapi serve
  chatapi serve --store sqlite:/var/lib/chatapi/chatapi.db --http-listen off
  chatapi serve --follow MaiBot/data/MaiBot.db
  chatapi serve --store mongodb://127.0.0.1/MegBot --cors-origin https://console.example.org`

const IMPORT_EXAMPLES = `
Importing again is harmless: what is known already stays as it is. The source is only read, also while the bot runs,
and so is a store that a server has open: the server shows what comes in.

Examples:
  chatapi import MaiBot/data/MaiBot.db
  chatapi import mongodb://127.0.0.1/MegBot --dry-run
  chatapi import data/chatapi.db --store mongodb://127.0.0.1/chats`

const FOLLOW_EXAMPLES = `
The store may be that of a server that runs, on this machine or with MongoDB on another: it shows what comes in. One
process follows into a store at a time; others that are to do so wait until it ends.

Examples:
  chatapi follow MaiBot/data/MaiBot.db
  chatapi follow MaiBot/data/MaiBot.db --store mongodb://db.example.org/chats --time-zone Asia/Shanghai
  chatapi serve --follow MaiBot/data/MaiBot.db`

const TOKEN_EXAMPLES = `
Examples:
  chatapi token new weather --file tokens.jsonl
  chatapi token new recorder --role recorder --platform qq --file tokens.jsonl
  chatapi serve --auth-tokens tokens.jsonl`

/** Commands whose report is JSON where that is asked for, and so is what is said in its place. */
const FAIL_IN_JSON = ['import', 'export', 'backup', 'restore', 'verify', ...ASK_COMMANDS]

/** Runs one command line and returns its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.done
  const program = newProgram((code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.done
    const [command, ...rest] = args
    // Where the command line was not understood, its options were not read either.
    if (FAIL_IN_JSON.includes(command ?? '') && isJsonWanted({ json: rest.includes('--json') || undefined })) {
      process.stdout.write(formatFailure(error))
    }
    if (error instanceof CommanderError) return ExitCode.usage
    return reportFailure(error, helpFor(program, args))
  }
}

function newProgram(finish: (exitCode: number) => void): Command {
  const program = new Command('chatapi')
    .description('The directory of a chat bot: which chats there are, which is which, and what changed.')
    .version(`chatapi ${packageVersion()}`, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [COMMAND]', 'show the help of a command')
    .configureOutput({ outputError: (text, write) => write(`chatapi: ${maskUrlsIn(text.replace(/^error: /, ''))}`) })
    .showHelpAfterError('Try chatapi --help')
    .addHelpText('afterAll', EPILOGUE)
    .exitOverride()
    .hook('preAction', () => environmentWarnings().forEach(complain))

  const serve = withSettings(program.command('serve').copyInheritedSettings(program), serveSettings)
    .summary('serve the directory over gRPC and HTTP')
    .description('Serves the directory: gRPC on one port; Connect, gRPC-Web and JSON on the other.')
    .option('--print-config', 'show the effective settings and end')
    .addHelpText('after', SERVE_EXAMPLES)
    .action(async () => {
      const config = readServeConfig(flagsOf(serve))
      if (serve.opts().printConfig) {
        process.stdout.write(aligned(Object.entries(showConfig(config))))
        return
      }
      finish(await (await import('./serve.ts')).serve(config))
    })

  const importing = withSettings(program.command('import').copyInheritedSettings(program), importSettings)
    .summary('bring in the chats that a bot, or another store, has recorded')
    .description('Brings in the chats that a bot, or another store, has recorded, and reports what became of each.')
    .argument(
      '<SOURCE>',
      'a database file of a MaiBot 0.7 to 1.x, of an AstrBot 4 or of chatapi, an export file of chatapi, mongodb://HOST/DATABASE of a MaiBot 0.5.13 to 0.6 or of chatapi, or what mongodump or mongoexport made of such a MaiBot',
    )
    .addHelpText('after', IMPORT_EXAMPLES)
    .action(async (source: string) => {
      const config = readImportConfig(flagsOf(importing))
      finish(await (await import('./import.ts')).runImport(source, config))
    })

  const following = withSettings(program.command('follow').copyInheritedSettings(program), followSettings)
    .summary('bring in what a bot writes, as it writes it')
    .description('Brings in what bots write, within two seconds, until it is told to stop. The bots do not notice.')
    .argument('<SOURCE...>', 'MaiBot.db of a MaiBot 0.7 to 1.x, or mongodb://HOST/DATABASE of a MaiBot 0.5.13 to 0.6')
    .addHelpText('after', FOLLOW_EXAMPLES)
    .action(async (sources: string[]) => {
      const config = readFollowConfig(flagsOf(following))
      finish(await (await import('./follow.ts')).runFollow(sources, config))
    })

  addAskCommands(program, finish)
  addBackupCommands(program, finish)
  addCompletionCommands(program)

  const tokens = program
    .command('token')
    .copyInheritedSettings(program)
    .summary('make tokens for those who call')
    .description('Makes tokens for those who call a server.')
    .showHelpAfterError('Try chatapi token --help')
  const making = withSettings(tokens.command('new').copyInheritedSettings(tokens), tokenSettings)
    .summary('make a token')
    .description('Makes a token of 256 random bits. The file has only its SHA-256, so nobody can read it there.')
    .argument('<NAME>', 'who it is for; stands in the log beside what they change')
    .addHelpText('after', TOKEN_EXAMPLES)
    .action(async (name: string) => {
      const config = readTokenConfig(flagsOf(making))
      finish(await (await import('./token.ts')).newTokenFor(name, config))
    })
  return program
}

function helpFor(program: Command, args: readonly string[]): string {
  const command = program.commands.find((each) => each.name() === args[0])
  return command ? `chatapi ${command.name()} --help` : 'chatapi --help'
}
