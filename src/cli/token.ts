import { appendFile, readFile } from 'node:fs/promises'
import { type Entry, formatEntry, readEntries } from '../access/token-entries.ts'
import { digestOf, newToken } from '../access/tokens.ts'
import type { TokenConfig } from '../config/config.ts'
import { ExitCode } from './exit.ts'

/** Only the owner: who can write the file can let anybody in. */
const FILE_MODE = 0o600

/** Makes a token, tells it once, and adds its entry to a file where one is named. */
export async function newTokenFor(
  name: string,
  { role, platforms, accounts, file, json }: TokenConfig,
): Promise<number> {
  const token = newToken()
  const entry: Entry = { name, role, scope: { platforms, accountIds: accounts }, sha256: digestOf(token) }
  const line = formatEntry(entry)
  if (file !== undefined) await add(file, line)
  process.stdout.write(json ? `${JSON.stringify({ token, entry: JSON.parse(line) })}\n` : shown(token, line, file))
  return ExitCode.done
}

/** A file that is no tokens file stays as it is. */
async function add(file: string, line: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  readEntries(file, text)
  const start = text === '' || text.endsWith('\n') ? '' : '\n'
  await appendFile(file, `${start}${line}\n`, { mode: FILE_MODE })
}

function shown(token: string, line: string, file: string | undefined): string {
  const next =
    file === undefined
      ? `Its entry, for the file that serve --auth-tokens names:\n\n  ${line}\n`
      : `Its entry is in ${file}; a server that runs with --auth-tokens ${file} takes it within seconds.\n`
  return `The token, which is not shown again:\n\n  ${token}\n\n${next}\nClients take it from CHATAPI_TOKEN.\n`
}
