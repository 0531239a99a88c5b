/** One value that a person may set: `--name` on the command line, or `CHATAPI_NAME` in the environment. */
export interface Setting<T> {
  /** The flag without its dashes. */
  readonly flag: string
  /** What stands for the value in the help; absent for a switch. */
  readonly placeholder?: string
  readonly help: string
  /** Whether the flag may be repeated; the values come to `parse` joined. */
  readonly isList?: boolean
  /** What joins them, and separates them in the environment. Default: a comma. */
  readonly separator?: string
  /** The text used where neither flag nor environment says anything. */
  readonly fallback?: string
  /** What the reference says of the default, where it depends on the machine. */
  readonly fallbackMeaning?: string
  /** Reads the text; the message of what it throws completes "--flag: …". */
  parse(text: string): T
  /** Reads what the flag was given, where that may hold commas itself. Default: `parse` of it all, joined with commas. */
  parseEach?(texts: readonly string[]): T
  /** The value as it may be shown to anyone. Default: `String`. */
  show?(value: T): string
}

export type Settings = Readonly<Record<string, Setting<unknown>>>
export type Values<S extends Settings> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never }

/** Flags as they stand on the command line, by their name without dashes: absent, a switch, a value, or a value repeated. */
export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>
export type Environment = Readonly<Record<string, string | undefined>>

/** Everything that is wrong with what a person set. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

/** The variable that sets it. */
export function environmentName({ flag }: Pick<Setting<unknown>, 'flag'>): string {
  return `CHATAPI_${flag.toUpperCase().replaceAll('-', '_')}`
}

/** Reads every setting. Adds what is wrong to `faults`; the value of a faulty setting is undefined. */
export function readSettings<S extends Settings>(
  settings: S,
  flags: Flags,
  environment: Environment,
  faults: string[],
): Partial<Values<S>> {
  const values: Record<string, unknown> = {}
  for (const [key, setting] of Object.entries(settings)) {
    const { text, source } = written(setting, flags, environment)
    try {
      const flag = flags[setting.flag]
      if (Array.isArray(flag) && flag.length > 1 && !setting.isList) throw new Error('is given more than once')
      const isEach = Array.isArray(flag) && setting.parseEach !== undefined
      values[key] = isEach ? setting.parseEach!(flag) : setting.parse(text)
    } catch (error) {
      faults.push(`${source}: ${(error as Error).message}`)
    }
  }
  return values as Partial<Values<S>>
}

/** The values by their flags, without secrets; those that are there. */
export function showSettings<S extends Settings>(settings: S, values: Partial<Values<S>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([key]) => key in values)
      .map(([key, setting]) => [setting.flag, (setting.show ?? String)(values[key])]),
  )
}

/** The text of a setting: the flag wins over the environment. An empty variable is one that is not set. */
function written(setting: Setting<unknown>, flags: Flags, environment: Environment): { text: string; source: string } {
  const flag = flags[setting.flag]
  if (flag !== undefined)
    return {
      text: Array.isArray(flag) ? flag.join(setting.separator ?? ',') : String(flag),
      source: `--${setting.flag}`,
    }
  const variable = environmentName(setting)
  const value = environment[variable]
  if (value) return { text: value, source: variable }
  return { text: setting.fallback ?? '', source: `--${setting.flag}` }
}

/** A setting that is on or off. */
export function switchSetting(flag: string, help: string): Setting<boolean> {
  return {
    flag,
    help,
    fallback: 'false',
    parse(text) {
      if (['true', '1', 'yes', 'on'].includes(text.toLowerCase())) return true
      if (['false', '0', 'no', 'off'].includes(text.toLowerCase())) return false
      throw new Error(`${JSON.stringify(text)} is no switch; expected true or false`)
    },
  }
}

/** A setting with a few possible words. */
export function choiceSetting<T extends string>(
  flag: string,
  choices: readonly T[],
  fallback: T,
  help: string,
): Setting<T> {
  return {
    flag,
    help,
    fallback,
    placeholder: choices.length <= 3 ? choices.join('|') : flag.split('-').at(-1)!.toUpperCase(),
    parse(text) {
      const choice = choices.find((word) => word === text)
      if (choice === undefined) throw new Error(`${JSON.stringify(text)} is not one of ${choices.join(', ')}`)
      return choice
    },
  }
}
