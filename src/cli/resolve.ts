import { createInterface } from 'node:readline'
import type { resolveSettings } from '../config/asking.ts'
import type { Values } from '../config/settings.ts'
import { displayName } from '../domain/display-name.ts'
import { type Resolved, resolveAll } from '../remote/resolve.ts'
import type { Asked } from './asking.ts'
import { ExitCode } from './exit.ts'
import { print, printJson } from './output.ts'
import { table } from './table.ts'
import { onPlatform } from './target.ts'

const STDIN = '-'

/** Tells which stream each text means. */
export async function resolve(asked: Asked<Values<typeof resolveSettings>>): Promise<number> {
  const { directory, args, options, json, signal } = asked
  const on = onPlatform(options)
  const isOne = args.length === 1 && args[0] !== STDIN
  const targets = args.length === 0 || args.includes(STDIN) ? await withLines(args) : args
  const results = await Array.fromAsync(resolveAll(directory, targets, on, signal))
  if (!json) await print(resolvedTable(results), signal)
  else await printJson(isOne ? results[0]!.json() : { results: results.map((result) => result.json()) }, signal)
  return exitCodeOf(results)
}

/** The texts, and in the place of `-` the lines of standard input that are not empty. */
async function withLines(args: readonly string[]): Promise<string[]> {
  const lines: string[] = []
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== '') lines.push(line)
  }
  const at = args.indexOf(STDIN)
  return [...args.slice(0, Math.max(at, 0)), ...lines, ...args.slice(at + 1).filter((arg) => arg !== STDIN)]
}

function resolvedTable(results: readonly Resolved[]): string {
  const rows = results.flatMap(({ target, candidates }) =>
    candidates.length === 0
      ? [[target, 'not found', '', '']]
      : candidates.map(({ stream, spelling }) => [
          target,
          candidates.length === 1 ? spelling : `ambiguous: ${spelling}`,
          displayName(stream),
          stream.streamId,
        ]),
  )
  return rows.length === 0 ? '' : table(['TEXT', 'FOUND AS', 'NAME', 'ID'], rows)
}

/** What is worst of all: who is to decide comes before what is not there. */
function exitCodeOf(results: readonly Resolved[]): number {
  if (results.some(({ candidates }) => candidates.length > 1)) return ExitCode.ambiguous
  return results.some(({ candidates }) => candidates.length === 0) ? ExitCode.notFound : ExitCode.done
}
