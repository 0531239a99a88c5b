import { load, median, type Subject } from './machine.ts'
import type { Goal } from './report.ts'

/** Before the first round each server gets this part of its calls, so that it is compiled when measured. */
const WARM_UP = 0.25

export interface Contender {
  readonly subject: Subject
  readonly path: string
  /** Calls in one round: fewer for the slow, so that rounds are of like length. */
  readonly calls: number
}

export interface Measurement {
  readonly name: string
  readonly callsPerSecond: number
  /** CPU seconds of the server for 1,000 calls. */
  readonly cpuPerThousand: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly answerBytes: number
}

/** What every server is asked. */
export interface Question {
  readonly title: string
  /** Requests to take turns with, protobuf in base64. */
  readonly requests: readonly string[]
  /** Calls that wait for their answers at a time. */
  readonly inFlight: number
}

export class Comparison {
  readonly title: string
  readonly measurements: readonly Measurement[]

  constructor(title: string, measurements: readonly Measurement[]) {
    this.title = title
    this.measurements = measurements
  }

  /** That the first contender makes at least `least` times the calls per second of the other. */
  goal(other: string, least: number): Goal {
    const [ours] = this.measurements
    const baseline = this.measurements.find(({ name }) => name === other)
    if (!ours || !baseline) throw new Error(`${other} was not measured`)
    return {
      name: `${this.title}: ${ours.name} against ${other}`,
      measured: ours.callsPerSecond / baseline.callsPerSecond,
      bound: { least },
      unit: '×',
    }
  }
}

/** Lets servers take turns under the same load, and takes medians over the rounds. */
export function compare(question: Question, contenders: readonly Contender[], rounds: number): Comparison {
  const { title } = question
  const samples = contenders.map((): Measurement[] => [])
  for (const contender of contenders) once(question, contender, Math.ceil(contender.calls * WARM_UP))
  for (let round = 0; round < rounds; round++) {
    contenders.forEach((contender, index) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${title}: round ${round + 1}, ${contender.subject.name}`)
      samples[index]!.push(once(question, contender, contender.calls))
    })
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  return new Comparison(title, samples.map(medianOf))
}

function once({ requests, inFlight }: Question, { subject, path }: Contender, calls: number): Measurement {
  const before = subject.cpuSeconds()
  const result = load({ address: subject.address, path, requests, calls, inFlight })
  return {
    name: subject.name,
    callsPerSecond: result.calls / result.seconds,
    cpuPerThousand: ((subject.cpuSeconds() - before) / result.calls) * 1_000,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    answerBytes: result.answerBytes,
  }
}

function medianOf(samples: readonly Measurement[]): Measurement {
  const of = (key: 'callsPerSecond' | 'cpuPerThousand' | 'p50Ms' | 'p99Ms') =>
    median(samples.map((sample) => sample[key]))
  return {
    ...samples[0]!,
    callsPerSecond: of('callsPerSecond'),
    cpuPerThousand: of('cpuPerThousand'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
  }
}
