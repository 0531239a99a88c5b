import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './machine.ts'

/** Builds a command of this checkout, and returns the path of what can be run. */
export function buildGo(name: string, source: string): string {
  const path = join(root, '.cache/bench', name)
  execFileSync('go', ['build', '-o', path, source], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  return path
}
