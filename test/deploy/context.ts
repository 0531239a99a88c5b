/** Tells which files of a checkout a `.dockerignore` leaves in; of several patterns that match, the last decides. */
export function contextOf(dockerignore: string): (path: string) => boolean {
  const patterns = dockerignore
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ isSent: line.startsWith('!'), path: line.replace(/^!/, '') }))
  return (path) => {
    const last = patterns.findLast((pattern) => pattern.path === '*' || isAtOrBelow(path, pattern.path))
    if (last?.isSent ?? true) return true
    // A folder is walked through where something in it may be sent.
    return patterns.some((pattern) => pattern.isSent && isAtOrBelow(pattern.path, path))
  }
}

function isAtOrBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`)
}
