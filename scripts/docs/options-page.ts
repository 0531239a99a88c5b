import {
  askSettings,
  labelSettings,
  openSettings,
  querySettings,
  renameSettings,
  resolveSettings,
  watchSettings,
} from '../../src/config/asking.ts'
import {
  backupSettings,
  exportSettings,
  importSettings,
  restoreSettings,
  serveSettings,
  tokenSettings,
  verifySettings,
} from '../../src/config/config.ts'
import { GROUPS, groupOf } from '../../src/config/groups.ts'
import { environmentName, type Setting, type Settings } from '../../src/config/settings.ts'

const HEAD = `<!-- Written by \`npm run docs\` from src/config. -->

# Options

Each option, those of \`token\` and of the commands that ask excepted, can be set in the environment, too. The option wins; an empty variable is one that is
not set. A variable \`CHATAPI_…\` that no option has is warned of. \`chatapi serve --print-config\` shows the effective values,
without secrets.

Sizes are written \`4MiB\`, \`512KiB\` or in bytes, durations \`500ms\`, \`10s\`, \`5m\`, \`24h\`. A switch is on where it stands; its
variable takes \`true\` or \`false\`. What is repeatable may also be a list with commas.
`

/** docs/options.md, as the settings in the code have it. */
export function optionsPage(): string {
  const groups = GROUPS.map((group) => {
    const ofGroup = Object.entries(serveSettings).filter(([key]) => groupOf(serveSettings, key) === group)
    return `### ${group}\n\n${table(Object.fromEntries(ofGroup), true)}`
  })
  return [
    HEAD,
    `## \`chatapi serve\`\n`,
    ...groups,
    `## \`chatapi import\`\n\n${table(importSettings, true)}`,
    `## \`chatapi backup\`\n\n${table(backupSettings, true)}`,
    `## \`chatapi export\`\n\nOf these, \`--store\` counts on the command line alone. \`CHATAPI_TOKEN\` says who asks.\n\n${table(exportSettings, true)}`,
    `## \`chatapi restore\`\n\n${table(restoreSettings, true)}`,
    `## \`chatapi verify\`\n\n${table(verifySettings, true)}`,
    `## Commands that ask\n\nOf \`query\`, \`resolve\`, \`open\`, \`label\`, \`rename\`, \`merge\`, \`delete\`, \`watch\` and \`doctor\`. Here, too, \`--store\` counts on the command line alone, as do all options below; \`CHATAPI_TOKEN\` says who asks.\n\n${table(askSettings, true)}`,
    `### \`chatapi query\`\n\n${table(querySettings, false)}`,
    `### \`chatapi resolve\`, \`chatapi merge\`, \`chatapi delete\`\n\n${table(resolveSettings, false)}`,
    `### \`chatapi open\`\n\n${table(openSettings, false)}`,
    `### \`chatapi label\`\n\n${table(labelSettings, false)}`,
    `### \`chatapi rename\`\n\n${table(renameSettings, false)}`,
    `### \`chatapi watch\`\n\n${table(watchSettings, false)}`,
    `## \`chatapi token new\`\n\nWhat a token may do is not left to the environment.\n\n${table(tokenSettings, false)}`,
  ].join('\n')
}

function table(settings: Settings, hasVariables: boolean): string {
  const columns = ['option', ...(hasVariables ? ['variable'] : []), 'default', 'meaning']
  const rows = Object.values(settings).map((setting) => [
    code(setting.placeholder ? `--${setting.flag} ${setting.placeholder}` : `--${setting.flag}`),
    ...(hasVariables ? [code(environmentName(setting))] : []),
    defaultOf(setting),
    setting.help.replaceAll('|', '\\|'),
  ])
  const [head, ...body] = [columns, ...rows].map((cells) => `| ${cells.join(' | ')} |\n`)
  return `${head}${'|---'.repeat(columns.length)}|\n${body.join('')}`
}

function defaultOf({ placeholder, fallback, fallbackMeaning }: Setting<unknown>): string {
  if (fallbackMeaning) return fallbackMeaning
  if (!placeholder) return 'off'
  return fallback ? code(fallback) : '–'
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}
