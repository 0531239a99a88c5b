import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { strayVersions, versionOf } from './version.ts'

/** What keeps this checkout from being released, by the tag where one is named. */
export function obstaclesOf(root: string, tag?: string): string[] {
  const version = versionOf(root)
  const obstacles = strayVersions(root)
  if (tag !== undefined && tag !== `v${version}`) {
    obstacles.push(`the tag ${tag} is not that of the version in package.json, v${version}`)
  }
  if (changesOf(root, version) === undefined) obstacles.push(`CHANGELOG.md has no section "## ${version}"`)
  return obstacles
}

/** What CHANGELOG.md says of a version; undefined where it says nothing. */
export function changesOf(root: string, version: string): string | undefined {
  const sections = readFileSync(join(root, 'CHANGELOG.md'), 'utf8').split(/^## /m)
  const section = sections.find((text) => text.split('\n')[0] === version)
  return section?.slice(version.length).trim()
}
