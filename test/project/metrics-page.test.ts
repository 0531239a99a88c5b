import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { clientOf, startService, wires } from '../support/service.ts'

const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
/** Name, labels, kind and unit, use. */
const rows = Array.from(page.matchAll(/^\| `(\w+)` \|(.*)\|$/gm), ([, name, rest]) => ({
  name: name!,
  cells: rest!.split('|').map((cell) => cell.trim()),
}))
/** Labels of a histogram's own. */
const BUCKET_LABEL = 'le'

it('docs/metrics.md has every metric that a server tells, its kind and its labels, and no other', async () => {
  const service = await startService()
  await clientOf(wires['gRPC on the gRPC port']!(service)).openStream({ platform: 'qq', groupId: '1' })
  await fetch(`${service.httpUrl}/chatapi.v1.ChatApi/GetStream`, { method: 'POST', headers: { origin: 'https://x' } })
  const text = await (await fetch(`${service.httpUrl}/metrics`)).text()
  const kinds = new Map(Array.from(text.matchAll(/^# TYPE (\w+) (\w+)$/gm), ([, name, kind]) => [name!, kind!]))
  expect(rows.map(({ name }) => name).sort()).toEqual([...kinds.keys()].sort())

  for (const { name, cells } of rows) {
    const series = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name}_bucket{`))
    const labels = new Set(series.flatMap((line) => Array.from(line.matchAll(/(\w+)="/g), ([, label]) => label!)))
    labels.delete(BUCKET_LABEL)
    const [documented, kind, use] = cells
    expect(documented!.match(/\w+/g) ?? [], name).toEqual([...labels])
    expect(kind!.split(',')[0], name).toBe(kinds.get(name))
    expect(use, name).toBeTruthy()
  }
})
