import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Artefacts } from './artefacts.ts'
import { npm, python, pythonOf, run } from './programs.ts'
import { step } from './steps.ts'

/** The chat that one client opens and the other finds. */
const GROUP = '941657197'
const NAME = 'MaiBot'
const DISPLAY_NAME = `${NAME} (qq:group:${GROUP})`

const OPEN_IN_NODE = `
import { createClient } from 'chatapi-client'
const client = createClient()
const { stream } = await client.openStream({ platform: 'qq', groupId: '${GROUP}', groupName: '${NAME}' })
console.log(stream.displayName)
client.close()
`
const FIND_IN_PYTHON = `
import chatapi
with chatapi.Client() as client:
    print(client.get_stream_by_group_id("${GROUP}").stream.display_name)
`

/**
 * Installs each file into a folder where nothing else is, as users do, and has the clients ask the server. Throws where one
 * of them does not do what it is there for, or says another version.
 */
export async function checkAsInstalled(artefacts: Artefacts, version: string, folder: string): Promise<void> {
  const server = await step('install chatapi', () => installNode(join(folder, 'server'), artefacts.server))
  const nodeClient = await step('install chatapi-client of npm', () =>
    installNode(join(folder, 'node-client'), artefacts.nodeClient),
  )
  const pythonClient = await step('install chatapi-client of PyPI', () =>
    installPython(join(folder, 'python-client'), artefacts.wheel),
  )

  await step('chatapi says its version', async () => {
    expectSame(await npm(['exec', '--no', '--', 'chatapi', '--version'], { cwd: server }), `chatapi ${version}`)
  })
  await using running = await step('chatapi serves', () => serve(server))
  const env = { CHATAPI_ADDRESS: running.address }
  await step('chatapi-client of npm opens a chat', async () => {
    const script = join(nodeClient, 'open.js')
    await writeFile(script, OPEN_IN_NODE)
    expectSame(await run(process.execPath, [script], { cwd: nodeClient, env }), DISPLAY_NAME)
  })
  await step('chatapi-client of PyPI finds it', async () => {
    expectSame(await run(pythonClient, ['-c', FIND_IN_PYTHON], { cwd: folder, env }), DISPLAY_NAME)
  })
}

async function installNode(folder: string, tarball: string): Promise<string> {
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }))
  await npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd: folder })
  return folder
}

/** Returns the Python that has the wheel. */
async function installPython(folder: string, wheel: string): Promise<string> {
  await mkdir(folder)
  await python(['-m', 'venv', folder], { cwd: folder })
  await run(pythonOf(folder), ['-m', 'pip', 'install', '--quiet', wheel], { cwd: folder })
  return pythonOf(folder)
}

/** The installed server, over a store of its own. Ends with what holds it. */
async function serve(folder: string): Promise<AsyncDisposable & { readonly address: string }> {
  const listen = ['--grpc-listen', '127.0.0.1:0', '--http-listen', 'off', '--log-level', 'error']
  const args = [join(folder, 'node_modules/chatapi/bin/chatapi.js'), 'serve', '--store', 'sqlite:chatapi.db', ...listen]
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const address = new Promise<string>((resolve, reject) => {
    exited.then(([code]) => reject(new Error(`the installed server ended with ${code} before it listened`)), reject)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /^gRPC listening on (\S+)$/.exec(line)?.[1]
      if (found) resolve(found)
    })
  })
  return {
    address: await address,
    async [Symbol.asyncDispose]() {
      child.kill()
      await exited
    },
  }
}

function expectSame(got: string, wanted: string): void {
  if (got !== wanted) throw new Error(`expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`)
}
