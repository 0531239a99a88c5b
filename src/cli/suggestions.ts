import type { Command, Option } from 'commander'

export interface Suggestion {
  readonly word: string
  readonly meaning: string
}

export interface Suggestions {
  readonly suggestions: readonly Suggestion[]
  /** Whether the name of a file could stand there. */
  readonly mayBeFile: boolean
}

/** What could stand in the place of the last word of a command line. */
export function suggestionsFor(program: Command, words: readonly string[]): Suggestions {
  const current = words.at(-1) ?? ''
  const { command, pending } = read(program, words.slice(0, -1))
  const matching = (all: readonly Suggestion[]) => all.filter(({ word }) => word.startsWith(current))
  if (pending) return { suggestions: matching(valuesOf(pending)), mayBeFile: valuesOf(pending).length === 0 }
  if (current.startsWith('-')) return { suggestions: matching(optionsOf(command)), mayBeFile: false }
  const named = [...commandsOf(command), ...choicesOf(command)]
  return { suggestions: matching(named), mayBeFile: named.length === 0 }
}

/** The command that the words lead to, and the option whose value comes next. */
function read(program: Command, words: readonly string[]): { command: Command; pending: Option | undefined } {
  let command = program
  let pending: Option | undefined
  for (const word of words) {
    if (pending) pending = undefined
    else if (word.startsWith('-')) {
      const option = command.options.find(({ long, short }) => word === long || word === short)
      pending = option?.required ? option : undefined
    } else command = command.commands.find((each) => each.name() === word) ?? command
  }
  return { command, pending }
}

function optionsOf(command: Command): Suggestion[] {
  const options = command.createHelp().visibleOptions(command)
  return options.map(({ long, description }) => ({ word: long ?? '', meaning: description }))
}

function commandsOf(command: Command): Suggestion[] {
  const commands = command.createHelp().visibleCommands(command)
  return commands.map((each) => ({ word: each.name(), meaning: each.summary() || each.description() }))
}

/** Of an option that takes one of a few words: its placeholder has them, as in `--type <group|private|unknown>`. */
function valuesOf({ flags }: Option): Suggestion[] {
  const [, placeholder = ''] = /<(.*)>/.exec(flags) ?? []
  return placeholder.includes('|') ? placeholder.split('|').map((word) => ({ word, meaning: '' })) : []
}

function choicesOf(command: Command): Suggestion[] {
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? [])
  return choices.map((word) => ({ word, meaning: '' }))
}
