import type { Asked } from '../asking.ts'

/** Something that is wrong, or that people have to decide. */
export interface Finding {
  readonly problem: string
  /** The command that mends it, or that shows more where none does. */
  readonly command: string
}

/** What was looked at, and what was found. */
export interface Checked {
  /** `note`: nothing is wrong for certain. */
  readonly status: 'ok' | 'found' | 'note' | 'skipped'
  /** In one line. */
  readonly message: string
  readonly findings: readonly Finding[]
  /** Whether there is nothing else to look at. */
  readonly isOver?: boolean
}

export interface Check {
  readonly name: string
  run(patient: Patient): Promise<Checked>
}

/** Whom the doctor looks at. */
export interface Patient extends Pick<Asked, 'directory' | 'store' | 'signal'> {
  /** What to put behind a command, so that it asks the same server or store. */
  readonly flags: string
}

export function ok(message: string): Checked {
  return { status: 'ok', message, findings: [] }
}

export function found(message: string, findings: readonly Finding[]): Checked {
  return { status: 'found', message, findings }
}

export function note(message: string, findings: readonly Finding[]): Checked {
  return { status: 'note', message, findings }
}

/** How many of something there are, in words. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
}
