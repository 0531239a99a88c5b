import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * Works and is disturbed, later in each round: at once, after a turn of the event loop, after two, after four and so on,
 * until the work was done before. So every outcome that there can be comes up.
 *
 * @param round starts the work, disturbs it after `moment`, holds the outcome to what it has to be, and returns whether
 *   nothing of the work was disturbed
 * @returns how many rounds were disturbed
 */
export async function disturbed(
  round: (moment: () => Promise<void>, number: number) => Promise<boolean>,
): Promise<number> {
  for (let number = 0; ; number++) {
    const turns = Math.floor(2 ** (number - 1))
    const moment = async () => {
      for (let turn = 0; turn < turns; turn++) await nextTurn()
    }
    if (await round(moment, number)) return number
  }
}

/** `'done'`, or what the work threw. Never rejects. */
export function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'done',
    (error: unknown) => error,
  )
}
