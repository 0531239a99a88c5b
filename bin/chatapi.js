#!/usr/bin/env node
// The one entry. Old versions of Node understand this file too, so that it can say what they are too old for.
import { existsSync, readFileSync } from 'node:fs'

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const needed = engines.node.replace(/^>=/, '')

if (isOlder(process.versions.node, needed)) {
  process.stderr.write(`chatapi: needs Node ${needed} or newer, and this is Node ${process.versions.node}\n`)
  process.exitCode = 2
} else {
  const source = new URL('../src/main.ts', import.meta.url)
  // A package holds what was built, a checkout what it is built from.
  import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href)
}

function isOlder(version, than) {
  const [major, minor] = version.split('.').map(Number)
  const [thanMajor, thanMinor] = than.split('.').map(Number)
  return major < thanMajor || (major === thanMajor && minor < thanMinor)
}
