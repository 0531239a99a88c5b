import { displayName } from '../domain/display-name.ts'
import { type Stream, streamType } from '../domain/stream.ts'
import { table } from './table.ts'

const MS_PER_SECOND = 1_000

/** Streams for people, in a row each. */
export function streamTable(streams: readonly Stream[]): string {
  const hasLabels = streams.some(({ labels }) => Object.keys(labels).length > 0)
  const head = ['NAME', 'TYPE', 'LAST ACTIVE', 'ID', ...(hasLabels ? ['LABELS'] : [])]
  return table(
    head,
    streams.map((stream) => [
      displayName(stream),
      streamType(stream),
      clockTime(stream.lastActiveTime),
      stream.streamId,
      ...(hasLabels ? [labelText(stream)] : []),
    ]),
  )
}

/** A stream for people, in a line. */
export function streamLine(stream: Stream): string {
  return `${displayName(stream)}  ${stream.streamId}`
}

export function labelText({ labels }: Stream): string {
  return Object.entries(labels)
    .map((label) => label.join('='))
    .join(' ')
}

/** A time to the second, in the zone of the machine. */
export function clockTime(time: number): string {
  const date = new Date(Math.floor(time) * MS_PER_SECOND)
  const two = (count: number) => String(count).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`
}
