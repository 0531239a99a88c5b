import { Argument, type Command } from 'commander'
import { COMPLETION_SCRIPTS } from './completion-scripts.ts'
import { suggestionsFor } from './suggestions.ts'

const EXAMPLES = `
Examples:
  source <(chatapi completion bash)
  chatapi completion zsh > "\${fpath[1]}/_chatapi"
  chatapi completion fish > ~/.config/fish/completions/chatapi.fish`

/** What makes shells complete the command line, and what their scripts ask. */
export function addCompletionCommands(program: Command): void {
  program
    .command('completion')
    .copyInheritedSettings(program)
    .summary('print what makes a shell complete commands and options')
    .description('Prints a script that makes a shell complete commands, options and their values.')
    .showHelpAfterError('Try chatapi completion --help')
    .addArgument(new Argument('<SHELL>', 'the shell').choices(Object.keys(COMPLETION_SCRIPTS)))
    .addHelpText('after', EXAMPLES)
    .action((shell: keyof typeof COMPLETION_SCRIPTS) => {
      process.stdout.write(COMPLETION_SCRIPTS[shell])
    })

  program
    .command('complete', { hidden: true })
    .copyInheritedSettings(program)
    .argument('[WORDS...]', 'the words behind the name of the program; the last one is to be completed')
    .action((words: readonly string[]) => {
      const { suggestions, mayBeFile } = suggestionsFor(program, words)
      const lines = suggestions.map(({ word, meaning }) => `${word}\t${meaning}\n`)
      const isFile = mayBeFile && suggestions.length === 0
      process.stdout.write(`${lines.join('')}${isFile ? ':files' : ':'}\n`)
    })
}
