import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import sparticuz from '@sparticuz/chromium'
import { build } from 'esbuild'
import { type Browser, chromium, type Page as Tab } from 'playwright-core'
import type { Page } from './browser-page.ts'

const ENTRY = fileURLToPath(new URL('./browser-page.ts', import.meta.url))
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Without a Chromium that starts, tests are skipped and say why; under `CI=true` they fail. */
export async function browserMissing(): Promise<string | undefined> {
  try {
    const browser = await launch()
    await browser.close()
    return undefined
  } catch (error) {
    const missing = `Chromium does not start: ${error}`
    const { CI } = process.env
    if (CI === 'true') throw new Error(missing, { cause: error })
    console.warn(`Tests in a real browser are SKIPPED: ${missing}`)
    return missing
  }
}

async function launch(): Promise<Browser> {
  const executablePath = await sparticuz.executablePath()
  return chromium.launch({ executablePath, args: FLAGS, headless: true })
}

type Functions = { [name: string]: (...args: never[]) => unknown }

/** Chromium with a page that holds a client, served from an origin of its own. */
export class BrowserPage<P extends Functions = Page> implements AsyncDisposable {
  readonly origin: string
  readonly version: string
  readonly #browser: Browser
  readonly #tab: Tab
  readonly #closePages: () => void

  private constructor(origin: string, browser: Browser, tab: Tab, closePages: () => void) {
    this.origin = origin
    this.version = browser.version()
    this.#browser = browser
    this.#tab = tab
    this.#closePages = closePages
  }

  /** @param entry a module that sets `page` in the global scope */
  static async open<P extends Functions = Page>(entry = ENTRY): Promise<BrowserPage<P>> {
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      format: 'esm',
      write: false,
      platform: 'browser',
    })
    const script = outputFiles[0]!.text
    const pages = createServer((request, response) => {
      const isScript = request.url === '/page.js'
      const isPage = request.url === '/'
      response.writeHead(isScript || isPage ? 200 : 404, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
      if (isScript) response.end(script)
      else response.end(isPage ? '<!doctype html><script type="module" src="/page.js"></script>' : 'not here')
    }).listen(0, '127.0.0.1')
    await once(pages, 'listening')
    const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`
    const browser = await launch()
    const tab = await browser.newPage()
    await tab.goto(origin)
    await tab.waitForFunction(() => 'page' in globalThis)
    return new BrowserPage(origin, browser, tab, () => pages.close())
  }

  /** Calls a function of the page. */
  ask<Name extends keyof P>(name: Name, ...args: Parameters<P[Name]>): Promise<Awaited<ReturnType<P[Name]>>> {
    return this.#tab.evaluate(
      ({ name, args }) => {
        const { page } = globalThis as unknown as { page: Record<string, (...args: unknown[]) => Promise<never>> }
        return page[name as string]!(...args)
      },
      { name, args: args as unknown[] },
    )
  }

  async close(): Promise<void> {
    await this.#browser.close()
    this.#closePages()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
