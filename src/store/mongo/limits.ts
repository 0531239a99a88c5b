import type { Document } from 'mongodb'
import {
  MAX_LABEL_KEY_BYTES,
  MAX_LABEL_VALUE_BYTES,
  MAX_LABELS,
  MAX_STREAM_ID_BYTES,
  MAX_TEXT_BYTES,
} from '../../domain/limits.ts'

/** The texts of a document, and the bytes that each may have. Numbers in their place are short. */
const TEXTS = Object.entries(MAX_TEXT_BYTES)

/** Which field of a document is over its limit and by how much, given what is read of its lists; undefined where none is. */
export function overLimit(
  document: Document,
  labels: readonly LabelPair[],
  aliasIds: readonly string[],
): string | undefined {
  for (const [path, maxBytes] of TEXTS) {
    const fault = tooLong(path, textAt(document, path), maxBytes)
    if (fault) return fault
  }
  if (labels.length > MAX_LABELS) return `labels are ${labels.length} pairs, over the limit of ${MAX_LABELS}`
  for (const { key, value } of labels) {
    const fault =
      tooLong('a key of labels', key, MAX_LABEL_KEY_BYTES) ?? tooLong('a value of labels', value, MAX_LABEL_VALUE_BYTES)
    if (fault) return fault
  }
  for (const id of aliasIds) {
    const fault = tooLong('an entry of alias_ids', id, MAX_STREAM_ID_BYTES)
    if (fault) return fault
  }
  return undefined
}

export interface LabelPair {
  readonly key: string
  readonly value: string
}

/** The same in MongoDB's words. */
export const IS_WITHIN_LIMITS: Document = {
  $and: [
    ...TEXTS.map(([path, maxBytes]) => isShort(`$${path}`, maxBytes)),
    { $lte: [{ $size: { $filter: { input: arrayOrNone('$labels'), cond: isLabelPair('$$this') } } }, MAX_LABELS] },
    allOf(arrayOrNone('$labels'), {
      $or: [
        { $not: isLabelPair('$$this') },
        { $and: [isShort('$$this.key', MAX_LABEL_KEY_BYTES), isShort('$$this.value', MAX_LABEL_VALUE_BYTES)] },
      ],
    }),
    allOf(arrayOrNone('$alias_ids'), isShort('$$this', MAX_STREAM_ID_BYTES)),
  ],
}

function tooLong(what: string, text: string | undefined, maxBytes: number): string | undefined {
  // A UTF-16 unit takes three bytes at most, so most texts need no count.
  if (text === undefined || text.length * 3 <= maxBytes) return undefined
  const bytes = Buffer.byteLength(text)
  return bytes > maxBytes ? `${what} has ${bytes} bytes, over the limit of ${maxBytes}` : undefined
}

function textAt(document: Document, path: string): string | undefined {
  let value: unknown = document
  for (const field of path.split('.')) value = (value as Document | null | undefined)?.[field]
  return typeof value === 'string' ? value : undefined
}

/** `$strLenBytes` fails on all but text, and only `$cond` promises not to evaluate the branch that is not taken. */
function isShort(path: string, maxBytes: number): Document {
  return { $cond: [isString(path), { $lte: [{ $strLenBytes: path }, maxBytes] }, true] }
}

function isLabelPair(path: string): Document {
  return { $and: [isString(`${path}.key`), isString(`${path}.value`)] }
}

function isString(path: string): Document {
  return { $eq: [{ $type: path }, 'string'] }
}

function allOf(input: Document, cond: Document): Document {
  return { $allElementsTrue: { $map: { input, as: 'this', in: cond } } }
}

function arrayOrNone(path: string): Document {
  return { $cond: [{ $isArray: path }, path, []] }
}
