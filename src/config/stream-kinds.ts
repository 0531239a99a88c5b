import type { StreamOrder } from '../domain/order.ts'
import type { Setting } from './settings.ts'

const ORDERS: Readonly<Record<string, StreamOrder>> = {
  position: { by: 'position', isDescending: false },
  'last-active-desc': { by: 'lastActiveTime', isDescending: true },
  'last-active': { by: 'lastActiveTime', isDescending: false },
  'create-time-desc': { by: 'createTime', isDescending: true },
  'create-time': { by: 'createTime', isDescending: false },
  name: { by: 'name', isDescending: false },
  'name-desc': { by: 'name', isDescending: true },
}

const AGES_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const MS_PER_SECOND = 1_000

/** A text as it stands, which may be empty; undefined where it is not given. */
export function givenSetting(flag: string, placeholder: string, help: string): Setting<string | undefined> {
  return { flag, placeholder, help, parse: (text) => text || undefined, parseEach: ([text]) => text }
}

/** Values of a repeatable option, each as it stands; undefined where none is given. */
export function manySetting<T extends string = string>(
  flag: string,
  placeholder: string,
  help: string,
  choices?: readonly T[],
): Setting<readonly T[] | undefined> {
  const parseEach = (texts: readonly string[]) => {
    const wrong = texts.find((text) => choices && !(choices as readonly string[]).includes(text))
    if (wrong !== undefined) throw new Error(`${JSON.stringify(wrong)} is not one of ${choices!.join(', ')}`)
    return Object.freeze([...new Set(texts)]) as readonly T[]
  }
  return {
    flag,
    placeholder,
    isList: true,
    help,
    parse: (text) => (text === '' ? undefined : parseEach([text])),
    parseEach,
  }
}

/** Labels, each as `KEY=VALUE`; undefined where none is given. */
export function labelsSetting(flag: string, help: string): Setting<Readonly<Record<string, string>> | undefined> {
  return {
    flag,
    placeholder: 'KEY=VALUE',
    isList: true,
    help,
    parse: (text) => (text === '' ? undefined : parseLabels([text])),
    parseEach: parseLabels,
  }
}

/** Throws where a text is no `KEY=VALUE`, or a key comes twice. */
export function parseLabels(texts: readonly string[]): Readonly<Record<string, string>> {
  const labels = new Map<string, string>()
  for (const text of texts) {
    const end = text.indexOf('=')
    if (end < 1) throw new Error(`${JSON.stringify(text)} is no label; expected KEY=VALUE`)
    const key = text.slice(0, end)
    if (labels.has(key)) throw new Error(`the label ${JSON.stringify(key)} is given more than once`)
    labels.set(key, text.slice(end + 1))
  }
  return Object.freeze(Object.fromEntries(labels))
}

/** A time, in seconds since the Unix epoch: as such, or how long ago it was; undefined where it is not given. */
export function sinceSetting(flag: string, help: string): Setting<number | undefined> {
  return {
    flag,
    placeholder: 'TIME',
    help: `${help}: such as 2025-01-31T08:00:00Z, or 90m, 12h, 7d for so long ago`,
    parse: (text) => (text === '' ? undefined : parseSince(text, Date.now())),
  }
}

export function parseSince(text: string, nowMs: number): number {
  const [, count, unit] = /^(\d{1,9})([smhdw])$/.exec(text) ?? []
  if (count !== undefined) return (nowMs - Number(count) * AGES_MS[unit!]!) / MS_PER_SECOND
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
  const ms = isTime ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(ms)) return ms / MS_PER_SECOND
  throw new Error(
    `${JSON.stringify(text)} is no time; expected one such as 2025-01-31T08:00:00Z, or 7d for seven days ago`,
  )
}

/** An order of streams. */
export function orderSetting(flag: string): Setting<StreamOrder> {
  const names = Object.keys(ORDERS)
  return {
    flag,
    placeholder: 'ORDER',
    fallback: 'position',
    help: `order of the streams: ${names.join(', ')}`,
    parse(text) {
      if (Object.hasOwn(ORDERS, text)) return ORDERS[text]!
      throw new Error(`${JSON.stringify(text)} is not one of ${names.join(', ')}`)
    },
  }
}
