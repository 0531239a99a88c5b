import { once } from 'node:events'
import type { Json } from '../remote/json.ts'

/** Prints a text, and returns once whoever reads can take more: a reader that is slow, or gone, holds nothing in memory. */
export async function print(text: string, signal?: AbortSignal): Promise<void> {
  if (process.stdout.write(text) || process.stdout.destroyed) return
  await Promise.race([once(process.stdout, 'drain', { signal }), once(process.stdout, 'close', { signal })])
}

export function printJson(document: Json, signal?: AbortSignal): Promise<void> {
  return print(`${JSON.stringify(document)}\n`, signal)
}
