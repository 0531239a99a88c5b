import { relaunch } from './launcher.ts'

// A reader that leaves early, such as `head`, ends what is shown and not what is done.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

const args = process.argv.slice(2)
const exitCode = args[0] === 'serve' ? await relaunch() : undefined
process.exitCode = exitCode ?? (await (await import('./cli/program.ts')).run(args))
