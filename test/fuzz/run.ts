/**
 * Attacks a server of its own with what strangers could send, and tells what came of it. All attacks derive from the seed,
 * so that a run with the same seed makes the same ones. Ends with 1 where something is wrong.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { DOORS } from './attack.ts'
import { runCampaign } from './campaign.ts'
import { attacksOf, readCases } from './cases.ts'
import { jsonReport, printReport } from './report.ts'
import { faultOf, faultOfLookups, performAll, startTrial } from './trial.ts'

const USAGE = `usage: npm run fuzz -- [--seed N] [--seconds S] [--door grpc|http] [--json]
       npm run fuzz -- --replay FILE`

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(2 ** 31 - 1)) },
    seconds: { type: 'string', default: '60' },
    door: { type: 'string' },
    json: { type: 'boolean', default: false },
    replay: { type: 'string' },
  },
})

process.exitCode = options.replay === undefined ? await fuzz() : await replay(options.replay)

async function fuzz(): Promise<number> {
  const [seed, seconds] = [Number(options.seed), Number(options.seconds)]
  const doors = options.door === undefined ? DOORS : DOORS.filter((door) => door === options.door)
  if (!Number.isInteger(seed) || !(seconds > 0) || doors.length === 0) {
    console.error(USAGE)
    return 2
  }
  const result = await runCampaign({ seed, seconds, doors, onProgress: showProgress })
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K')
  if (options.json) console.log(jsonReport(result))
  else printReport(result)
  return result.failures.length === 0 ? 0 : 1
}

function showProgress(progress: { connections: number; secondsLeft: number; failures: number }): void {
  if (!process.stderr.isTTY) return
  const { connections, secondsLeft, failures } = progress
  process.stderr.write(`\r\x1b[2K${connections} connections, ${failures} failures, ${Math.ceil(secondsLeft)} s left`)
}

/** Does once more what a file says, against a fresh server, and tells each answer. */
async function replay(file: string): Promise<number> {
  const cases = readCases(file)
  const { target } = await startTrial(Math.max(...cases.map(({ streams }) => streams ?? 0)) || undefined)
  await using _target = target
  const verdicts = await performAll(cases.flatMap(attacksOf), target)
  for (const { outcomes, refusals, fault } of verdicts) console.log({ ...outcomes, refusals, fault })
  const fault = (await faultOf(target)) ?? (await faultOfLookups(target))
  console.log(fault ? `${fault.kind.toUpperCase()}: ${fault.what}` : 'the server lives, and answers on both ports')
  return fault || verdicts.some(({ fault }) => fault !== undefined) ? 1 : 0
}
