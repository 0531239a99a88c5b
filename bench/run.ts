/**
 * Measures the service beside its baselines and its limit, in one run: servers take turns, ratios are of medians. Prints
 * a table; `--json FILE` writes the same for programs. `--quick` does little, to see that it works.
 */
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { create, toBinary } from '@bufbuild/protobuf'
import { GetAllStreamsRequestSchema, GetStreamByGroupIdRequestSchema } from '../gen/ts/chatapi/v1/chat_api_pb.js'
import { answerOf } from './answer.ts'
import { compareClients } from './clients.ts'
import { type Comparison, type Contender, compare, type Question } from './compare.ts'
import { type Subject, startSubject } from './machine.ts'
import { startMongod } from './mongod.ts'
import { type Goal, printReport, type Report } from './report.ts'
import { measureScale } from './scale.ts'
import { groupId, seededStore } from './streams.ts'

const { values: options } = parseArgs({
  options: { json: { type: 'string' }, quick: { type: 'boolean', default: false } },
})
const rounds = options.quick ? 1 : 5
const directorySize = 10_000
/** Different requests, so that no answer is measured that is only ever the same. */
const distinctLookups = 1_000

const lookupPath = '/chatapi.v1.ChatApi/GetStreamByGroupId'
const listPath = '/chatapi.v1.ChatApi/GetAllStreams'
const echoPath = '/bench.Echo/Echo'

function lookupRequests(size: number): string[] {
  const indexes = Array.from({ length: distinctLookups }, (_, i) => (i * 7_919) % size)
  return indexes.map((index) => {
    const request = create(GetStreamByGroupIdRequestSchema, { groupId: groupId(index) })
    return Buffer.from(toBinary(GetStreamByGroupIdRequestSchema, request)).toString('base64')
  })
}

export function startOurs(storePath: string, ...more: string[]): Promise<Subject> {
  const args = ['src/main.ts', 'serve', '--store', `sqlite:${storePath}`, '--grpc-listen', '127.0.0.1:0']
  return startSubject('ChatApi', [...args, '--http-listen', 'off', '--log-level', 'warn', ...more])
}

const folder = await mkdtemp(join(tmpdir(), 'chatapi-bench-'))
const running: Subject[] = []
const goals: Goal[] = []
const comparisons: Comparison[] = []

async function start(subject: Promise<Subject>): Promise<Subject> {
  running.push(await subject)
  return subject
}

try {
  await using mongod = await startMongod(folder, directorySize)
  const ours = await start(startOurs(await seededStore(directorySize)))
  const connectMongo = await start(
    startSubject('connect-node + MongoDB', ['bench/baselines/connect-mongo.ts', mongod.url]),
  )

  async function measure(question: Question, path: string, calls: number, slowCalls: number) {
    const answerFile = join(folder, 'answer.bin')
    const answer = await answerOf(ours, path, question.requests[0]!)
    writeFileSync(answerFile, answer)
    const echo = await startSubject('grpc-js echo', ['bench/baselines/grpc-js-echo.ts', answerFile])
    const bare = await startSubject('bare node:http2', ['bench/baselines/bare-http2.ts', answerFile])
    const contenders: Contender[] = [
      { subject: ours, path, calls },
      { subject: echo, path: echoPath, calls },
      { subject: bare, path: echoPath, calls },
      { subject: connectMongo, path, calls: slowCalls },
    ]
    const comparison = compare(question, contenders, rounds)
    comparisons.push(comparison)
    await Promise.all([echo.stop(), bare.stop()])
    return comparison
  }

  const scale = options.quick ? 0.05 : 1
  const lookup = await measure(
    {
      title: `GetStreamByGroupId among ${directorySize} streams`,
      requests: lookupRequests(directorySize),
      inFlight: 64,
    },
    lookupPath,
    60_000 * scale,
    3_000 * scale,
  )
  goals.push(lookup.goal('grpc-js echo', 0.9), lookup.goal('connect-node + MongoDB', 12))

  const everything = toBinary(GetAllStreamsRequestSchema, create(GetAllStreamsRequestSchema))
  const list = await measure(
    {
      title: `GetAllStreams of ${directorySize} streams`,
      requests: [Buffer.from(everything).toString('base64')],
      inFlight: 8,
    },
    listPath,
    1_000 * scale,
    20 * scale,
  )
  goals.push(list.goal('grpc-js echo', 0.9))

  for (const subject of running.splice(0)) await subject.stop()
  const sizes = options.quick ? { small: 1_000, large: 20_000 } : { small: 1_000, large: 1_000_000 }
  const scaling = await measureScale(sizes, startOurs, lookupPath, lookupRequests, rounds)
  goals.push(...scaling.goals)

  const clients = await compareClients(startOurs, options.quick)
  goals.push(...clients.goals)

  const report: Report = {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    rounds,
    comparisons,
    scaling,
    clients: clients.measurements,
    goals,
  }
  printReport(report)
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
} finally {
  for (const subject of running) await subject.stop()
  await rm(folder, { recursive: true, force: true })
}
