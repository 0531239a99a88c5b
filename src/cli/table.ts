import stringWidth from 'string-width'
import { printable } from './text.ts'

/** Between two columns. */
const GAP = '  '

/** Rows below a head, in columns that stand below each other whatever the width of the characters. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((cells) => cells.map((cell) => printable(cell)))
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => stringWidth(cells[column] ?? ''))))
  return lines
    .map(
      (cells) =>
        `${cells
          .map((cell, column) => padded(cell, widths[column]!))
          .join(GAP)
          .trimEnd()}\n`,
    )
    .join('')
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(width - stringWidth(text))
}
