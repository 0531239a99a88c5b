import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { expectKnownSettings } from './settings.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const run = promisify(execFile)
/** The checks, in a module of their own for what they need. */
const checks = fileURLToPath(new URL('monitoring', import.meta.url))
/** Compiling Prometheus takes most of it, once. */
const BUILD_TIMEOUT_MS = 900_000

/** Metrics and their labels, as docs/metrics.md has them; a test holds it equal to a server's. */
const metrics = new Map(
  Array.from(read('../../docs/metrics.md').matchAll(/^\| `(\w+)` \| ([^|]+) \| (\w+)/gm), ([, name, labels, kind]) => [
    name!,
    { labels: labels!.match(/\w+/g) ?? [], kind: kind! },
  ]),
)
/** What Prometheus itself knows of each server, and adds to all that it reads of it. */
const OF_PROMETHEUS = ['up']
const TARGET_LABELS = ['job', 'instance']

interface Panel {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly datasource?: { readonly uid: string }
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const dashboard = JSON.parse(read('../../deploy/monitoring/dashboard.json'))
const panels: readonly Panel[] = dashboard.panels
const alerts: readonly Rule[] = parse(read('../../deploy/monitoring/alerts.yaml')).groups.flatMap(
  ({ rules }: { rules: Rule[] }) => rules,
)
/** What Grafana puts in for the intervals of a dashboard. */
const withInterval = (expr: string): string => expr.replaceAll('$__rate_interval', '5m')
const expressions = [
  ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => withInterval(expr))),
  ...dashboard.annotations.list.map(({ expr }: { expr: string }) => withInterval(expr)),
  ...alerts.map(({ expr }) => expr),
]

interface Selector {
  readonly name: string
  readonly labels: readonly string[] | null
}

/** What expressions ask for, as the parser of Prometheus reads them. Fails where one is no expression. */
async function selectorsOf(texts: readonly string[]): Promise<Selector[]> {
  const parser = spawn('go', ['run', '.'], { cwd: checks })
  parser.stdin.end(texts.map((each) => `${JSON.stringify(each)}\n`).join(''))
  const [out, err, [code]] = await Promise.all([text(parser.stdout), text(parser.stderr), once(parser, 'exit')])
  if (code !== 0) throw new Error(err)
  return JSON.parse(out)
}

/** The metric of a series; those of a histogram have endings. */
function metricOf(name: string) {
  const histogram = metrics.get(name.replace(/_(bucket|sum|count)$/, ''))
  if (histogram?.kind !== 'histogram') return metrics.get(name)
  return name.endsWith('_bucket') ? { ...histogram, labels: [...histogram.labels, 'le'] } : histogram
}

describe('deploy/monitoring', () => {
  let selectors: Selector[]
  beforeAll(async () => {
    selectors = await selectorsOf(expressions)
  }, BUILD_TIMEOUT_MS)

  it('asks for metrics and labels that there are, and for every metric of the service', () => {
    expect(selectors.length).toBeGreaterThan(expressions.length)
    const ofServers = selectors.filter(({ name }) => !OF_PROMETHEUS.includes(name))
    expect(ofServers.filter(({ name }) => !metricOf(name))).toEqual([])
    for (const { name, labels } of ofServers) {
      const known = [...metricOf(name)!.labels, ...TARGET_LABELS]
      expect(
        (labels ?? []).filter((label) => !known.includes(label)),
        name,
      ).toEqual([])
    }
    const asked = new Set(ofServers.map(({ name }) => name.replace(/_(bucket|sum|count)$/, '')))
    expect([...metrics.keys()].filter((name) => !asked.has(name))).toEqual([])
  })

  it('notices an expression that is none', async () => {
    await expect(selectorsOf(['sum(rate(chatapi_calls_total[5m])'])).rejects.toThrow('parse error')
  })
})

describe('deploy/monitoring/alerts.yaml', () => {
  it('is accepted by Prometheus, and tells of each fault alone', { timeout: BUILD_TIMEOUT_MS }, async () => {
    const { stdout } = await run('go', ['test', '-count=1', '.'], { cwd: checks })
    expect(stdout).toMatch(/^ok/)
  })

  it.each(alerts)('$alert says what is the matter, what to do, and where more stands', ({ labels, annotations }) => {
    expect(labels.severity).toMatch(/^(page|ticket)$/)
    expect(annotations.summary).toBeTruthy()
    expectKnownSettings(annotations.description!)
    const [, page, anchor] = /blob\/main\/(docs\/\w+\.md)(?:#([\w-]+))?$/.exec(annotations.runbook_url!)!
    const headings = Array.from(read(`../../${page}`).matchAll(/^#+ (.+)$/gm), ([, heading]) =>
      heading!.toLowerCase().replaceAll(' ', '-'),
    )
    if (anchor) expect(headings).toContain(anchor)
  })
})

describe('deploy/monitoring/dashboard.json', () => {
  it('has panels of their own number and place, which read the chosen source', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const { title, type, datasource, targets, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
      if (type === 'row') continue
      expect(datasource?.uid, title).toBe(`\${datasource}`)
      expect(targets?.length, title).toBeGreaterThan(0)
    }
    const overlapping = panels.filter(({ gridPos: a }, index) =>
      panels
        .slice(0, index)
        .some(({ gridPos: b }) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h),
    )
    expect(overlapping.map(({ title }) => title)).toEqual([])
  })

  it('has the variables that its expressions name', () => {
    const known = dashboard.templating.list.map(({ name }: { name: string }) => name)
    const named = JSON.stringify(dashboard)
      .match(/\$\{?(?!__)\w+/g)!
      .map((name) => name.replace(/\W/g, ''))
    expect(named.filter((name) => !known.includes(name))).toEqual([])
  })
})
