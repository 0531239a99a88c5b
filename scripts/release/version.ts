import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * What follows the version of package.json, and where each has it. The Go client is not among them: its version is the tag
 * that it was fetched by, which it reads from the program that it is built into.
 */
export const FOLLOWERS: readonly (readonly [path: string, version: RegExp])[] = [
  ['clients/python/src/chatapi/_version.py', /^__version__ = "(.+)"$/m],
  ['clients/typescript/package.json', /^ {2}"version": "(.+)"/m],
  ['clients/typescript/src/version.ts', /VERSION = '(.+)'/],
  ['deploy/kubernetes/kustomization.yaml', /newTag: (.+)/],
  ['docs/clients/typescript.md', /chatapi-client-(.+)\.tgz/],
  ['package-lock.json', /"name": "chatapi-client",\s+"version": "(.+)"/],
  ['package-lock.json', /"name": "chatapi",\s+"version": "(.+)",\s+"license"/],
]

/** The version of package.json, the one place of it. */
export function versionOf(root: string): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version
}

/** The files that have another version. */
export function strayVersions(root: string): string[] {
  const version = versionOf(root)
  return FOLLOWERS.flatMap(([path, pattern]) => {
    const found = pattern.exec(readFileSync(join(root, path), 'utf8'))?.[1]
    return found === version ? [] : [`${path} has ${found ?? 'no version'}, and package.json ${version}`]
  })
}

export function followVersion(root: string): void {
  const version = versionOf(root)
  for (const [path, pattern] of FOLLOWERS) {
    const file = join(root, path)
    const text = readFileSync(file, 'utf8')
    const found = pattern.exec(text)
    if (!found) throw new Error(`${path} has no version where ${pattern} looks for it`)
    writeFileSync(file, text.replace(found[0], found[0].replace(found[1]!, version)))
  }
}
