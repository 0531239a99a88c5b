/**
 * Builds what a release publishes and checks it as users install it: `npm run release -- --dry-run` says what that is, and
 * `--output FOLDER` keeps it, for .github/workflows/release.yml to publish. `--tag TAG` checks that the tag is that of the
 * version.
 */
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildArtefacts, digestOf } from './artefacts.ts'
import { checkAsInstalled } from './as-installed.ts'
import { changesOf, obstaclesOf } from './readiness.ts'
import { step } from './steps.ts'
import { ROOT, versionOf } from './version.ts'

const { values: options } = parseArgs({
  options: { 'dry-run': { type: 'boolean', default: false }, output: { type: 'string' }, tag: { type: 'string' } },
})
const { output, tag } = options
if (options['dry-run'] === (output !== undefined)) {
  console.error(
    'expected --dry-run, to see what a release would publish, or --output FOLDER, to keep it; ' +
      `pushing the tag v${versionOf(ROOT)} publishes`,
  )
  process.exit(2)
}

const version = versionOf(ROOT)
const folder = await mkdtemp(join(tmpdir(), 'chatapi-release-'))
try {
  await step('everything has one version', async () => {
    const obstacles = obstaclesOf(ROOT, tag)
    if (obstacles.length > 0) throw new Error(obstacles.join('\n'))
  })
  const target = output === undefined ? join(folder, 'files') : resolve(output)
  await mkdir(target, { recursive: output === undefined })
  const artefacts = await buildArtefacts(target)
  await checkAsInstalled(artefacts, version, folder)
  if (output !== undefined) await writeFile(join(target, 'changes.md'), `${changesOf(ROOT, version)}\n`)

  console.log(`\nThe tag v${version} ${output === undefined ? 'would publish' : 'publishes'}\n`)
  console.log(`  Go    github.com/chatapi/chatapi v${version}, which is the tag itself`)
  await show('npm', artefacts.server)
  await show('npm', artefacts.nodeClient)
  await show('PyPI', artefacts.wheel)
} catch (error) {
  console.error(`\n${(error as Error).message}`)
  process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function show(where: string, file: string): Promise<void> {
  const { size } = await stat(file)
  console.log(
    `  ${where.padEnd(4)}  ${basename(file)}, ${Math.ceil(size / 1_024)} KiB\n        sha256 ${await digestOf(file)}`,
  )
}
