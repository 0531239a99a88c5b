import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runCampaign } from './campaign.ts'
import { attacksOf, readCases } from './cases.ts'
import type { Target } from './server.ts'
import { DEFAULT_STREAMS, faultOf, faultOfFiles, faultOfLookups, faultOfStop, performAll, startTrial } from './trial.ts'

const MIB = 1024 * 1024
const CASE_TIMEOUT_MS = 120_000
const SAMPLE_MS = 100

const corpus = new URL('corpus/', import.meta.url)
const files = readdirSync(corpus).filter((name) => name.endsWith('.yaml'))

describe('a server survives', () => {
  it.each(files)(
    '%s',
    async (file) => {
      const cases = readCases(new URL(file, corpus))
      const trial = await startTrial(Math.max(DEFAULT_STREAMS, ...cases.map(({ streams }) => streams ?? 0)))
      await using target = trial.target
      for (const one of cases) {
        const memory = watchMemory(target)
        const verdicts = await performAll(attacksOf(one), target)
        const growth = memory.stop()
        expect(await faultOf(target)).toBeUndefined()
        expect(verdicts.map(({ fault }) => fault).filter((fault) => fault !== undefined)).toEqual([])
        if (one.isRefused) expect(verdicts.map(({ outcomes }) => outcomes.answered)).toEqual(verdicts.map(() => 0))
        expect(growth).toBeLessThan(one.mostGrowthMiB ?? Number.POSITIVE_INFINITY)
      }
      expect(await faultOfLookups(target)).toBeUndefined()
      expect(await faultOfFiles(trial)).toBeUndefined()
      expect(await faultOf(target)).toBeUndefined()
      expect(await faultOfStop(target)).toBeUndefined()
    },
    CASE_TIMEOUT_MS,
  )
})

describe('nothing that a stranger sends harms a server or those whom it serves', () => {
  it.each([
    { door: 'grpc', seed: 1 },
    { door: 'http', seed: 2 },
  ] as const)(
    'on the $door port, with seed $seed',
    async ({ door, seed }) => {
      const { failures, tally } = await runCampaign({ seed, seconds: 15, doors: [door] })
      expect(failures).toEqual([])
      expect(tally.connections).toBeGreaterThan(0)
    },
    CASE_TIMEOUT_MS,
  )
})

/** Tells by how many MiB the memory of the server has grown at most. */
function watchMemory(target: Target): { stop(): number } {
  const before = target.residentBytes() ?? 0
  let highest = before
  const look = () => {
    highest = Math.max(highest, target.residentBytes() ?? 0)
  }
  const timer = setInterval(look, SAMPLE_MS)
  return {
    stop() {
      clearInterval(timer)
      look()
      return (highest - before) / MIB
    },
  }
}
