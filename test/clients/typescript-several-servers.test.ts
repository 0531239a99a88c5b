import dns from 'node:dns'
import { afterEach, it, vi } from 'vitest'
import { createClient } from '../../clients/typescript/src/node.ts'
import { startFakeServer } from './support/fake-server.ts'

afterEach(() => vi.restoreAllMocks())

const answerNothing = { getStreamsSummary: () => ({}) }

/** Only Linux has more loopback addresses than one, without being told so. */
it.skipIf(process.platform !== 'linux')('all servers behind a name are asked in turn', async () => {
  await using first = await startFakeServer(answerNothing)
  const port = Number(first.address.split(':')[1])
  await using second = await startFakeServer(answerNothing, { host: '127.0.0.2', port })
  const known = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }))
  vi.spyOn(dns.promises, 'lookup').mockResolvedValue(known as never)
  using client = createClient({ address: `chats.example.org:${port}` })
  while (first.calls.length === 0 || second.calls.length === 0) await client.getStreamsSummary()

  await first[Symbol.asyncDispose]()
  const before = second.calls.length
  while (second.calls.length < before + 2) await client.getStreamsSummary()
})
