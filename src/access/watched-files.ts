import { unwatchFile, watchFile } from 'node:fs'

/** How often to look whether a file is another one. Files that are mounted into containers tell nobody of a change. */
const LOOK_EVERY_MS = 1_000

/**
 * Calls back when files have changed, once for all that change together: a certificate and its key are two files, and
 * either alone is worth nothing. Returns what ends it.
 */
export function watchFiles(paths: readonly string[], onChange: () => void): () => void {
  let settling: NodeJS.Timeout | undefined
  const onEach = () => {
    clearTimeout(settling)
    settling = setTimeout(onChange, LOOK_EVERY_MS).unref()
  }
  for (const path of paths) watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, onEach)
  return () => {
    clearTimeout(settling)
    for (const path of paths) unwatchFile(path, onEach)
  }
}
