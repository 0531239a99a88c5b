import type { Command } from 'commander'
import {
  askSettings,
  deleteSettings,
  doctorSettings,
  labelSettings,
  mergeSettings,
  openSettings,
  querySettings,
  readAskConfig,
  renameSettings,
  resolveSettings,
  watchSettings,
} from '../config/asking.ts'
import type { Settings, Values } from '../config/settings.ts'
import type { Asking } from './asking.ts'
import { flagsOf, withSettings } from './options.ts'

/** A command that asks a server, or the store itself where `--store` names one. */
interface AskCommand<S extends Settings = Settings> {
  readonly name: string
  /** As they stand in the help: `<ONE>`, `[MAYBE]`, `[MANY...]`, with what they are. */
  readonly args: readonly (readonly [name: string, meaning: string])[]
  readonly summary: string
  readonly description: string
  readonly examples: string
  readonly settings: S
  /** Whether a store that is opened may be given what it lacks. */
  readonly writes: boolean
  /** Whether the command is there for what cannot be asked as well. Default: false. */
  readonly diagnoses?: boolean
  load(): Promise<Asking<Values<S>>>
}

const TARGET = 'a chat, as resolve reads it: an id, a number, qq:group:ID, a name and many more'

const COMMANDS = [
  command({
    name: 'query',
    args: [],
    summary: 'list the streams that match',
    description: 'Lists the streams that match: all options together, any of the values of one.',
    examples: `
  chatapi query --name mai --type group --order last-active-desc
  chatapi query --quiet-since 30d --all --json
  chatapi query --label team=red --store sqlite:/var/lib/chatapi/chatapi.db`,
    settings: querySettings,
    writes: false,
    load: async () => (await import('./query.ts')).query,
  }),
  command({
    name: 'resolve',
    args: [['[TARGET...]', 'texts; without any, or for -, the lines of standard input']],
    summary: 'tell which stream a text means',
    description:
      'Tells which stream each text means: an id, a number, qq:group:ID, a name, or what other bots write. Nothing is guessed.',
    examples: `
  chatapi resolve qq:group:941657197
  chatapi resolve 941657197 --platform telegram
  chatapi resolve --json < chats.txt`,
    settings: resolveSettings,
    writes: false,
    load: async () => (await import('./resolve.ts')).resolve,
  }),
  command({
    name: 'open',
    args: [['[TARGET]', 'a chat, such as qq:group:941657197']],
    summary: 'show the stream of a chat, and create it where there is none',
    description: 'Shows the stream of a chat, and creates it where there is none.',
    examples: `
  chatapi open qq:group:941657197 --name MaiBot
  chatapi open --platform telegram --user 42 --label team=red`,
    settings: openSettings,
    writes: true,
    load: async () => (await import('./open.ts')).open,
  }),
  command({
    name: 'label',
    args: [
      ['<TARGET>', TARGET],
      ['[LABEL...]', 'labels to set, each KEY=VALUE'],
    ],
    summary: 'set and remove labels of a stream',
    description: 'Sets and removes labels of a stream; all others stay.',
    examples: `
  chatapi label qq:group:941657197 team=red tier=1
  chatapi label MaiBot --remove tier`,
    settings: labelSettings,
    writes: true,
    load: async () => (await import('./label.ts')).label,
  }),
  command({
    name: 'rename',
    args: [
      ['<TARGET>', TARGET],
      ['[NAME]', 'the name'],
    ],
    summary: 'give a stream a name of your own',
    description: 'Gives a stream a name that leads its display name, and that no bot changes.',
    examples: `
  chatapi rename qq:group:941657197 'Cats and dogs'
  chatapi rename 'Cats and dogs' --clear`,
    settings: renameSettings,
    writes: true,
    load: async () => (await import('./rename.ts')).rename,
  }),
  command({
    name: 'merge',
    args: [
      ['<SOURCE>', `the stream that goes: ${TARGET}`],
      ['<TARGET>', 'the stream that stays'],
    ],
    summary: 'make one stream of two',
    description: 'Makes one stream of two. Whatever led to the source leads to the target from then on.',
    examples: `
  chatapi merge telegram:-41 telegram:-10041`,
    settings: mergeSettings,
    writes: true,
    load: async () => (await import('./merge.ts')).merge,
  }),
  command({
    name: 'delete',
    args: [['<TARGET...>', TARGET]],
    summary: 'take streams out of the directory',
    description: 'Takes streams out of the directory. What happens in their chats afterwards brings them back.',
    examples: `
  chatapi delete a544edeb1a9b73e3e1d77dff36e41264`,
    settings: deleteSettings,
    writes: true,
    load: async () => (await import('./delete.ts')).deleteAll,
  }),
  command({
    name: 'watch',
    args: [],
    summary: 'tell what changes, until you stop it',
    description:
      'Tells each change of the streams that match, until you stop it: none twice, and none left out. With --json each message of the watch is one line.',
    examples: `
  chatapi watch --type group
  chatapi watch --json --keep watch.token
  chatapi watch --since TOKEN`,
    settings: watchSettings,
    writes: false,
    load: async () => (await import('./watch.ts')).watch,
  }),
  command({
    name: 'doctor',
    args: [],
    summary: 'look for what is wrong, and tell what mends it',
    description:
      'Looks for what is wrong with a server or a store and with its streams, and tells what mends it. With --store it also looks at the database itself.',
    examples: `
  chatapi doctor
  chatapi doctor --store mongodb://127.0.0.1/MegBot`,
    settings: doctorSettings,
    writes: false,
    diagnoses: true,
    load: async () => (await import('./doctor/doctor.ts')).doctor,
  }),
] as readonly AskCommand[]

/** Those that ask. */
export const ASK_COMMANDS: readonly string[] = COMMANDS.map(({ name }) => name)

export function addAskCommands(program: Command, finish: (exitCode: number) => void): void {
  for (const { name, args, summary, description, examples, settings, writes, diagnoses = false, load } of COMMANDS) {
    const asking = withSettings(program.command(name).copyInheritedSettings(program), { ...settings, ...askSettings })
      .summary(summary)
      .description(description)
      .addHelpText('after', `\nExamples:${examples}`)
    for (const [arg, meaning] of args) asking.argument(arg, meaning)
    asking.action(async () => {
      const { asking: config, options } = readAskConfig(settings, flagsOf(asking))
      const { ask } = await import('./asking.ts')
      finish(await ask(await load(), { config, options, args: asking.args, writes, diagnoses }))
    })
  }
}

function command<S extends Settings>(definition: AskCommand<S>): AskCommand {
  return definition as unknown as AskCommand
}
