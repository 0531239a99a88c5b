import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { npm, python } from './programs.ts'
import { step } from './steps.ts'
import { ROOT } from './version.ts'

/** The files of a release. */
export interface Artefacts {
  readonly server: string
  readonly nodeClient: string
  readonly wheel: string
}

/** Builds everything anew into an empty folder, as users get it. */
export async function buildArtefacts(folder: string): Promise<Artefacts> {
  // Packing builds, and the server's package holds what the client's build leaves.
  const nodeClient = await step('pack chatapi-client for npm', () => pack(join(ROOT, 'clients/typescript'), folder))
  const server = await step('pack chatapi for npm', () => pack(ROOT, folder))
  const wheel = await step('build the wheel of chatapi-client', async () => {
    const source = join(ROOT, 'clients/python')
    await python(['-m', 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', folder, source], { cwd: ROOT })
    return join(folder, (await readdir(folder)).find((name) => name.endsWith('.whl'))!)
  })
  return { server, nodeClient, wheel }
}

/** For who compares a file with what the log of a release says. */
export async function digestOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
}

async function pack(source: string, folder: string): Promise<string> {
  const output = await npm(['pack', '--json', '--pack-destination', folder], { cwd: source })
  // What the build prints comes first.
  return join(folder, /"filename": "(.+\.tgz)"/.exec(output)![1]!)
}
