import { deriveStreamId, describeIdentity, identityOf, sameIdentity } from '../../domain/identity.ts'
import { type Stream, streamType } from '../../domain/stream.ts'
import { exportFrom } from '../../remote/export.ts'
import { streamsById } from '../../remote/facts.ts'
import { clockTime, streamLine } from '../stream-table.ts'
import { shellWord } from '../text.ts'
import { type Check, type Checked, counted, type Finding, found, ok, type Patient } from './check.ts'

/** Of each kind of trouble, as many streams are told as anyone looks at. */
const MAX_TOLD = 20
/** Streams whose ids are not derived are many where a bot made ids in another way; so many are compared with others. */
const MAX_COMPARED = 100_000
/** Clocks of machines that keep their time differ by far less. */
const MAX_SKEW_SECONDS = 60
const MS_PER_SECOND = 1_000

/** Goes through all streams once. */
export const streams: Check = {
  name: 'streams',
  async run(patient) {
    const { directory, signal } = patient
    const askedAt = Date.now() / MS_PER_SECOND
    const { batches, exportTime } = await exportFrom(directory, signal)
    const skew = Math.abs(exportTime - askedAt) > MAX_SKEW_SECONDS ? skewFinding(exportTime - askedAt) : undefined
    const survey = new Survey(exportTime + MAX_SKEW_SECONDS)
    for await (const batch of batches) for (const { stream } of batch) survey.add(stream)
    return survey.report(patient, skew ? [skew] : [])
  },
}

/** What is odd among many streams. */
class Survey {
  readonly #latest: number
  readonly #unknown = new Sample()
  readonly #ahead = new Sample()
  /** Streams whose ids are not those that their chats derive, by the latter. */
  readonly #underived = new Map<string, Stream>()
  #count = 0

  constructor(latest: number) {
    this.#latest = latest
  }

  add(stream: Stream): void {
    this.#count++
    if (streamType(stream) === 'unknown') this.#unknown.add(stream)
    if (stream.lastActiveTime > this.#latest) this.#ahead.add(stream)
    const derived = deriveStreamId(identityOf(stream))
    if (derived === undefined || derived === stream.streamId || stream.aliasIds.includes(derived)) return
    if (this.#underived.size < MAX_COMPARED) this.#underived.set(derived, stream)
  }

  async report(patient: Patient, others: readonly Finding[]): Promise<Checked> {
    const { flags } = patient
    const findings = [
      ...others,
      ...this.#unknown.findings(
        (stream) => `${streamLine(stream)} has neither a user nor a group`,
        ({ streamId }) => `chatapi delete ${shellWord(streamId)}${flags}`,
        `chatapi query --type unknown${flags}`,
      ),
      ...this.#ahead.findings(
        (stream) =>
          `${streamLine(stream)} is dated ahead, ${clockTime(stream.lastActiveTime)}: no activity shows until then`,
        ({ streamId }) => `chatapi delete ${shellWord(streamId)}${flags}`,
        `chatapi query --order last-active-desc${flags}`,
      ),
      ...(await this.#collisions(patient)),
    ]
    const what = counted(this.#count, 'stream')
    return findings.length === 0 ? ok(what) : found(what, findings)
  }

  /** Chats that derive the id of another chat's stream. */
  async #collisions({ directory, flags, signal }: Patient): Promise<Finding[]> {
    const holders = await streamsById(directory, [...this.#underived.keys()], signal)
    return holders
      .flatMap((holder) => {
        const other = this.#underived.get(holder.streamId)
        return other && !sameIdentity(identityOf(other), identityOf(holder)) ? [{ holder, other }] : []
      })
      .slice(0, MAX_TOLD)
      .map(({ holder, other }) => ({
        problem: `${describeIdentity(identityOf(other))} derives the id ${holder.streamId}, which belongs to ${describeIdentity(identityOf(holder))}`,
        command: `chatapi query --id ${shellWord(holder.streamId)} --id ${shellWord(other.streamId)}${flags}`,
      }))
  }
}

/** The first streams of many. */
class Sample {
  readonly #streams: Stream[] = []
  #count = 0

  add(stream: Stream): void {
    this.#count++
    if (this.#streams.length < MAX_TOLD) this.#streams.push(stream)
  }

  /** @param commandForAll what shows those that are not told */
  findings(problem: (stream: Stream) => string, command: (stream: Stream) => string, commandForAll: string): Finding[] {
    const told = this.#streams.map((stream) => ({ problem: problem(stream), command: command(stream) }))
    const left = this.#count - told.length
    return left === 0 ? told : [...told, { problem: `and ${counted(left, 'more', 'more')}`, command: commandForAll }]
  }
}

function skewFinding(seconds: number): Finding {
  const direction = seconds > 0 ? 'ahead of' : 'behind'
  return {
    problem: `the clock of the server is ${counted(Math.round(Math.abs(seconds)), 'second')} ${direction} that of this machine`,
    command: 'timedatectl set-ntp true',
  }
}
