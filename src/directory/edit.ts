import { invalidFields } from '../domain/errors.ts'
import { MAX_LABELS } from '../domain/limits.ts'
import type { Stream } from '../domain/stream.ts'

/** What people change of a stream: nothing that a bot sees does. */
export interface Edit {
  /** The name that people give; empty takes it away, absent leaves it. */
  readonly customName?: string | undefined
  /** Labels to attach, or to give another value; all others stay. */
  readonly setLabels?: Readonly<Record<string, string>> | undefined
  /** Labels to take away; those that are not there are none to take. */
  readonly removeLabels?: readonly string[] | undefined
}

/** The stream after an edit: the same object where that changes nothing. */
export function edited(stream: Stream, edit: Edit): Stream {
  const labels = editedLabels(stream.labels, edit)
  const customName = edit.customName === undefined ? stream.customName : edit.customName || undefined
  if (labels === stream.labels && customName === stream.customName) return stream
  const { customName: _, ...unnamed } = stream
  return { ...unnamed, labels, ...(customName !== undefined && { customName }) }
}

function editedLabels(labels: Stream['labels'], { setLabels = {}, removeLabels = [] }: Edit): Stream['labels'] {
  const removed = removeLabels.filter((key) => Object.hasOwn(labels, key))
  const set = Object.entries(setLabels).filter(([key, value]) => !Object.hasOwn(labels, key) || labels[key] !== value)
  if (removed.length === 0 && set.length === 0) return labels
  const kept = Object.entries(labels).filter(([key]) => !removed.includes(key))
  const next = Object.fromEntries([...kept, ...set])
  const count = Object.keys(next).length
  if (count > MAX_LABELS) {
    const description = `would be ${count} together with those that are there; at most ${MAX_LABELS} are kept`
    throw invalidFields([{ field: 'set_labels', description }])
  }
  return next
}
