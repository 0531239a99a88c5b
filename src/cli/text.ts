/** Lines of names and values, the values below each other. */
export function aligned(entries: readonly (readonly [string, string])[], indent = ''): string {
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries.map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}\n`).join('')
}

/** A count with its thousands apart. */
export function grouped(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}
