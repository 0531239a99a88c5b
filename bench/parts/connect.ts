import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, DIRECTORY_SIZE } from '../bench.ts'
import { type Comparison, compare } from '../compare.ts'
import type { Findings } from '../findings.ts'
import { type Subject, startNode } from '../machine.ts'
import { startOurs } from '../ours.ts'
import { connectLookups, LOOKUP_PATH } from '../questions.ts'
import { seededStore } from '../streams.ts'

const CONNECTIONS = 64
const BARE = 'bare node:http'

/** Lookups by Connect over HTTP/1.1, binary and JSON. */
export async function measureConnect(bench: Bench): Promise<Findings> {
  await using ours = await startOurs(await seededStore(DIRECTORY_SIZE), { door: 'http' })
  const proto = await compareFormat(bench, ours, 'proto')
  const json = await compareFormat(bench, ours, 'json')
  return { comparisons: [proto, json], goals: [proto.goal(BARE, 0.6), json.goal(BARE, 0.35)] }
}

async function compareFormat(bench: Bench, ours: Subject, format: 'proto' | 'json'): Promise<Comparison> {
  const traffic = connectLookups(format, DIRECTORY_SIZE, CONNECTIONS)
  const answer = join(bench.folder, `answer.${format}`)
  writeFileSync(answer, await answerOf(ours, traffic.contentType, traffic.requests[0]!))
  await using bare = await startNode(BARE, ['bench/baselines/bare-http.ts', answer, traffic.contentType])
  const title = `Connect over HTTP/1.1, ${format}: GetStreamByGroupId on ${CONNECTIONS} connections`
  return compare({ title, traffic }, [ours, bare], bench.rounds)
}

async function answerOf(ours: Subject, contentType: string, request: string): Promise<Uint8Array> {
  const response = await fetch(`http://${ours.address}${LOOKUP_PATH}`, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: Buffer.from(request, 'base64'),
  })
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
  return new Uint8Array(await response.arrayBuffer())
}
