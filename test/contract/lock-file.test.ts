import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

interface LockedPackage {
  readonly version?: string
  readonly resolved?: string
  /** Of a folder of this project. */
  readonly link?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const lockFile = new URL('../../package-lock.json', import.meta.url)
const { packages } = JSON.parse(await readFile(lockFile, 'utf8')) as { packages: Record<string, LockedPackage> }

it('the lock file has the packages of every platform, without which `npm ci` refuses', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    ),
  )
  expect(missing).toEqual([])
})

it('the lock file names no registry, so that whatever registry npm is set up with serves', () => {
  expect(Object.values(packages).filter(({ resolved, link }) => resolved && !link)).toEqual([])
  const links = Object.values(packages).filter(({ link }) => link)
  expect(links.map(({ resolved }) => resolved)).toEqual(['clients/typescript'])
})
