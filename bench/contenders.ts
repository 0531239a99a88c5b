import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerOf } from './answer.ts'
import { type Bench, DIRECTORY_SIZE } from './bench.ts'
import { buildGo } from './go.ts'
import { type Subject, startNode, startSubject } from './machine.ts'
import { startMongod } from './mongod.ts'
import { startOurs } from './ours.ts'
import { LIST_PATH, LIST_REQUEST } from './questions.ts'
import { seededStore } from './streams.ts'

export const BARE = 'bare node:http2'
export const ECHO = 'grpc-js echo'
export const GRPC_GO = 'grpc-go'
export const CONNECT_MONGO = 'connect-node + MongoDB'

export interface Contenders extends AsyncDisposable {
  /** Ours, then those that it is compared with. */
  readonly subjects: readonly Subject[]
}

/** Starts all servers that answer one gRPC method, the baselines with the answer that ours gives to this request. */
export async function startContenders(bench: Bench, path: string, request: string): Promise<Contenders> {
  await using starting = new AsyncDisposableStack()
  const ours = starting.use(await startOurs(await seededStore(DIRECTORY_SIZE)))
  const answer = join(bench.folder, 'answer.bin')
  writeFileSync(answer, await answerOf(ours, path, request))
  const mongod = starting.use(await startMongod(bench.folder, DIRECTORY_SIZE))
  const subjects = [
    ours,
    starting.use(await startNode(BARE, ['bench/baselines/bare-http2.ts', answer])),
    starting.use(await startNode(ECHO, ['bench/baselines/grpc-js-echo.ts', answer, path])),
    starting.use(await startGrpcGo(bench, ours)),
    starting.use(await startNode(CONNECT_MONGO, ['bench/baselines/connect-mongo.ts', mongod.url])),
  ]
  const running = starting.move()
  return { subjects, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

/** Starts grpc-go over a map with the streams that our server has. */
export async function startGrpcGo(bench: Bench, ours: Subject): Promise<Subject> {
  const streams = join(bench.folder, 'streams.bin')
  writeFileSync(streams, await answerOf(ours, LIST_PATH, LIST_REQUEST))
  return startSubject(GRPC_GO, [buildGo('grpc-go', './bench/peers/grpc-go'), streams])
}
