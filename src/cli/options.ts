import { type Command, Option } from 'commander'
import { groupOf } from '../config/groups.ts'
import type { Flags, Setting, Settings } from '../config/settings.ts'

/** The command with an option for each setting. */
export function withSettings(command: Command, settings: Settings): Command {
  command.showHelpAfterError(`Try chatapi ${command.name()} --help`)
  for (const [key, setting] of Object.entries(settings)) {
    const group = groupOf(settings, key)
    const option = newOption(setting)
    command.addOption(group ? option.helpGroup(`${group}:`) : option)
  }
  return command
}

function newOption(setting: Setting<unknown>): Option {
  const { flag, placeholder, help, fallback } = setting
  const notes = placeholder && fallback ? ` (default: ${fallback})` : ''
  const option = new Option(placeholder ? `--${flag} <${placeholder}>` : `--${flag}`, help + notes)
  // All values of a repeated option are kept: whether it may be repeated is the setting's affair.
  if (placeholder) option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), text])
  return option
}

/** The flags as they stand on the command line. */
export function flagsOf(command: Command): Flags {
  const values = command.opts()
  return Object.fromEntries(command.options.map((option) => [option.name(), values[option.attributeName()]]))
}
