import { fromJson } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClientOptions, createClient, RecordActivityRequestSchema } from '../../clients/typescript/src/node.ts'
import { BrowserPage, browserMissing } from './support/browser.ts'
import { type CaseFile, caseFiles } from './support/case-files.ts'
import { itAnswers } from './support/case-run.ts'
import { Server } from './support/server.ts'

type Wire = Pick<ClientOptions, 'transport' | 'format'>

const wires: Wire[] = (['connect', 'grpc-web'] as const).flatMap((transport) => [
  { transport, format: 'binary' },
  { transport, format: 'json' },
])

const missing = await browserMissing()

let page: BrowserPage
beforeAll(async () => {
  if (missing) return
  page = await BrowserPage.open()
  console.log(`Chromium ${page.version}`)
}, 60_000)
afterAll(() => page?.close())

describe.skipIf(missing)('in Chromium, from another origin', () => {
  describe.each(caseFiles())('$name', (file) => {
    for (const group of file.writes ? wires.map((wire) => [wire]) : [wires]) answers(file, group)
  })
})

function answers(file: CaseFile, group: readonly Wire[]): void {
  describe(group.map(({ transport, format }) => `${transport} ${format}`).join(', '), () => {
    let server: Server
    beforeAll(async () => {
      server = await Server.start({ corsOrigins: [page.origin] })
      if (file.given.length === 0) return
      using client = createClient({ address: server.grpc })
      await client.recordActivity(fromJson(RecordActivityRequestSchema, { activities: [...file.given] }))
    }, 30_000)
    afterAll(() => server.stop())

    describe.each(group)('over $transport, $format', (wire) => {
      itAnswers(file, () => (call, request) => page.ask('call', { address: server.http, ...wire }, call, request))
    })
  })
}

describe.skipIf(missing).each(wires)('a page over $transport, $format', (wire) => {
  let server: Server
  beforeAll(async () => {
    server = await Server.start({ corsOrigins: [page.origin] })
    using client = createClient({ address: server.grpc })
    await client.recordActivity({
      activities: ['1', '2', '3'].map((groupId) => ({ platform: 'qq', groupInfo: { groupId } })),
    })
  }, 30_000)
  afterAll(() => server.stop())

  it('iterates over pages', async () => {
    expect(await page.ask('streamIds', { address: server.http, ...wire })).toHaveLength(3)
  })

  it('sends a token to another origin', async () => {
    const outcome = await page.ask('call', { address: server.http, token: 'secret', ...wire }, 'GetStreamsSummary', {})
    expect(outcome).toMatchObject({ answer: { totalStreams: '3' } })
  })

  it('says what may be wrong when the server does not know its origin', async () => {
    await using closed = await Server.start({ corsOrigins: ['https://elsewhere.example'] })
    const failure = await page.ask('failure', { address: closed.http, retry: false, ...wire })
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', method: 'GetStreamsSummary' })
    expect(failure.message).toContain('CORS')
  })

  it('says what may be wrong when no server is there', async () => {
    const failure = await page.ask('failure', { address: 'http://127.0.0.1:1', retry: false, ...wire })
    expect(failure).toMatchObject({ code: 'UNAVAILABLE' })
    expect(failure.message).toContain('server down')
  })

  it('asks the origin of its page by default, and tells when that is no ChatApi server', async () => {
    const failure = await page.ask('failure', { ...wire })
    expect(failure.message).toContain(page.origin)
    expect(failure.message).toContain('not from a ChatApi server')
  })

  it('is aborted by a signal', async () => {
    const failure = await page.ask('failure', { address: server.http, ...wire }, 0)
    expect(failure).toMatchObject({ code: 'CANCELLED', reasonName: 'ERROR_REASON_CANCELLED' })
  })
})
