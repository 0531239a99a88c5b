import type { Goal, Peer } from './findings.ts'
import { type LoadResult, load, type Traffic } from './load.ts'
import { median, type Subject } from './machine.ts'

/** What every server is asked. */
export interface Question {
  readonly title: string
  readonly traffic: Traffic
}

/** How long each server is asked. */
export interface Rounds {
  readonly count: number
  readonly seconds: number
  /** Before the first round, so that each is compiled when measured. */
  readonly warmUpSeconds: number
}

export interface Measurement {
  readonly name: string
  readonly callsPerSecond: number
  /** The same for each second that the server had a core: what it would do undisturbed. */
  readonly callsPerCpuSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly answerBytes: number
  /** Part of the time in which the server had a core: less than all of it where others took it, or the load was too little. */
  readonly serverBusy: number
  /** The same of the load: near 1 where it is the load that is measured. */
  readonly loadBusy: number
}

export class Comparison {
  readonly title: string
  /** Of the server under test, then of those beside it. */
  readonly measurements: readonly Measurement[]

  constructor(title: string, measurements: readonly Measurement[]) {
    this.title = title
    this.measurements = measurements
  }

  get ours(): Measurement {
    return this.measurements[0]!
  }

  /** That ours makes at least `least` times the calls per second of the other. */
  goal(other: string, least: number): Goal {
    return { name: this.#against(other), measured: this.#ratio(other), bound: { least }, unit: '×' }
  }

  /** How ours stands beside another that sets no goal. */
  peer(other: string): Peer {
    return { name: this.#against(other), ratio: this.#ratio(other) }
  }

  #against(other: string): string {
    return `${this.title}: ${this.ours.name} against ${other}`
  }

  #ratio(other: string): number {
    const measurement = this.measurements.find(({ name }) => name === other)
    if (!measurement) throw new Error(`${other} was not measured`)
    return this.ours.callsPerSecond / measurement.callsPerSecond
  }
}

/** Lets servers take turns under the same load, and takes medians over the rounds. */
export function compare(question: Question, subjects: readonly Subject[], rounds: Rounds): Comparison {
  return compareTogether([question], subjects, rounds)[0]!
}

/** The same with several questions asked at once: a comparison for each. */
export function compareTogether(
  questions: readonly Question[],
  subjects: readonly Subject[],
  { count, seconds, warmUpSeconds }: Rounds,
): Comparison[] {
  const title = questions.map((question) => question.title).join(' and ')
  const samples = subjects.map((): Measurement[][] => [])
  for (const subject of subjects) ask(questions, subject, warmUpSeconds)
  for (let round = 0; round < count; round++) {
    subjects.forEach((subject, index) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${title}: round ${round + 1}, ${subject.name}`)
      samples[index]!.push(ask(questions, subject, seconds))
    })
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  return questions.map(
    (question, index) =>
      new Comparison(
        question.title,
        samples.map((rounds) => medianOf(rounds.map((of) => of[index]!))),
      ),
  )
}

function ask(questions: readonly Question[], subject: Subject, seconds: number): Measurement[] {
  const before = subject.cpuSeconds()
  const traffic = questions.map((question) => question.traffic)
  const result = load(subject.address, traffic, seconds)
  return measurementsOf(subject.name, result, subject.cpuSeconds() - before)
}

function measurementsOf(name: string, result: LoadResult, cpuSeconds: number): Measurement[] {
  return result.traffic.map(({ calls, p50Ms, p99Ms, answerBytes }) => ({
    name,
    callsPerSecond: calls / result.seconds,
    callsPerCpuSecond: calls / cpuSeconds,
    p50Ms,
    p99Ms,
    answerBytes,
    serverBusy: cpuSeconds / result.seconds,
    loadBusy: result.cpuSeconds / result.seconds,
  }))
}

function medianOf(samples: readonly Measurement[]): Measurement {
  const of = (key: Exclude<keyof Measurement, 'name'>) => median(samples.map((sample) => sample[key]))
  return {
    name: samples[0]!.name,
    callsPerSecond: of('callsPerSecond'),
    callsPerCpuSecond: of('callsPerCpuSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    answerBytes: of('answerBytes'),
    serverBusy: of('serverBusy'),
    loadBusy: of('loadBusy'),
  }
}
