/** The longest that a timer of Node takes, 24 days; it takes anything longer for 1 ms. */
const LONGEST_MS = 2 ** 31 - 1

const MS_PER_UNIT: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000 }

/** Makes timeouts that stand for "no deadline" ones that a timer can wait for. */
export function limitTimeouts(header: Headers): void {
  const connectMs = header.get('connect-timeout-ms')
  if (connectMs !== null && Number(connectMs) > LONGEST_MS) header.set('connect-timeout-ms', String(LONGEST_MS))
  const [, amount, unit] = /^(\d{1,8})([HMS])$/.exec(header.get('grpc-timeout') ?? '') ?? []
  if (unit !== undefined && Number(amount) * MS_PER_UNIT[unit]! > LONGEST_MS) {
    header.set('grpc-timeout', `${Math.floor(LONGEST_MS / 1_000)}S`)
  }
}
