import { styleText } from 'node:util'
import { displayName } from '../domain/display-name.ts'
import type { Stream } from '../domain/stream.ts'
import type { Change, WatchEvent } from '../remote/watch.ts'
import { changesBetween } from './stream-changes.ts'
import { clockTime, streamLine } from './stream-table.ts'
import { grouped, printable } from './text.ts'

type Style = Parameters<typeof styleText>[0]

const MS_PER_SECOND = 1_000
const KIND_WIDTH = 'WATCHING'.length

const STYLES: Readonly<Record<string, Style>> = {
  OPENED: 'green',
  ENTERED: 'green',
  UPDATED: 'yellow',
  LEFT: 'red',
  MERGED: 'red',
  DELETED: 'red',
}

/** One message of a watch for people: a line for each stream, what changed in it marked where a terminal can. */
export function watchLines(event: WatchEvent): string {
  switch (event.kind) {
    case 'opened':
      return line('WATCHING', `what changes after revision ${event.revision}`)
    case 'snapshot':
      return event.streams.map((stream) => line('THERE', streamLine(stream))).join('')
    case 'commit':
      return event.changes.map(changeLine).join('')
    case 'bookmark':
      return event.endsSnapshot ? line('THERE', `${grouped(event.matching)} in all`) : ''
    default:
      return ''
  }
}

function changeLine(change: Change): string {
  const { kind, streamId, before, after, mergedInto } = change
  const stream = after ?? before
  const what = stream ? streamLine(stream) : streamId
  const parts = [
    ...(before && after ? changesBetween(before, after) : []),
    ...(before && after && displayName(before) !== displayName(after) ? [`was ${nameOf(before)}`] : []),
    ...(mergedInto === undefined ? [] : [`into ${mergedInto}`]),
  ]
  return line(kind, what, parts)
}

function line(kind: string, what: string, parts: readonly string[] = []): string {
  const time = clockTime(Date.now() / MS_PER_SECOND)
  const marked = parts.map((part) => styled('bold', printable(part))).join(', ')
  return `${time}  ${styled(STYLES[kind] ?? 'dim', kind.padEnd(KIND_WIDTH))}  ${printable(what)}${marked && `  ${marked}`}\n`
}

/** As it is where stdout is no terminal, or NO_COLOR is set. */
function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

function nameOf(stream: Stream): string {
  return JSON.stringify(displayName(stream))
}
