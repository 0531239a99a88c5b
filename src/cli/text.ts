/** Lines of names and values, the values below each other. */
export function aligned(entries: readonly (readonly [string, string])[], indent = ''): string {
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries.map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}\n`).join('')
}

/** A count with its thousands apart. */
export function grouped(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

/** What moves the cursor, colours, turns the direction of the text or breaks a line; and halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/gu

/** Text of strangers as a terminal may show it: control characters escaped. Lines stay where they may. */
export function printable(text: string, { mayHaveLines = false } = {}): string {
  return text.replace(UNPRINTABLE, (character) =>
    mayHaveLines && character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** At most so many characters. */
export function cut(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text
}

/** A word as a shell takes it for this very word. */
export function shellWord(word: string): string {
  return /^[\w@%+:,./=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
