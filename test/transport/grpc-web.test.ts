import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BrowserPage, browserMissing } from '../clients/support/browser.ts'
import { Server } from '../clients/support/server.ts'
import type { GrpcWebPage } from './grpc-web-page.ts'

const ENTRY = fileURLToPath(new URL('./grpc-web-page.ts', import.meta.url))
const missing = await browserMissing()

describe.skipIf(missing)('the grpc-web client of npm, in Chromium', () => {
  let page: BrowserPage<GrpcWebPage>
  let server: Server
  beforeAll(async () => {
    page = await BrowserPage.open<GrpcWebPage>(ENTRY)
    server = await Server.start({ corsOrigins: [page.origin] })
    const body = JSON.stringify({ platform: 'qq', groupId: '941657197' })
    const headers = { 'content-type': 'application/json' }
    await fetch(`${server.http}/chatapi.v1.ChatApi/OpenStream`, { method: 'POST', headers, body })
  }, 60_000)
  afterAll(async () => {
    await page?.close()
    await server?.stop()
  })

  it.each(['text', 'binary'] as const)('looks up a stream in %s', async (format) => {
    const found = await page.ask('lookup', server.http, format, '941657197')
    expect(found).toEqual({ streamId: 'a544edeb1a9b73e3e1d77dff36e41264' })
  })

  it.each(['text', 'binary'] as const)('is told of an error in %s', async (format) => {
    expect(await page.ask('lookup', server.http, format, '')).toEqual({ code: 3 })
  })

  it('watches in text', async () => {
    expect(await page.ask('watch', server.http, '')).toBe(1)
  })
})
