import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { run } from './command.ts'

it('shows the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(await run(['--version'])).toEqual({ code: 0, stdout: `chatapi ${version}\n`, stderr: '' })
})

it.each([
  [['--help'], /serve [\s\S]*import /],
  [['serve', '--help'], /--grpc-listen[\s\S]*Examples:/],
  [['import', '--help'], /SOURCE[\s\S]*--dry-run/],
  [['help'], /^Usage: chatapi [\s\S]*serve [\s\S]*import /],
  [['help', 'serve'], /--grpc-listen[\s\S]*Examples:/],
  [['help', 'import'], /SOURCE[\s\S]*--dry-run/],
])('shows help for %j', async (args, text) => {
  const { code, stdout, stderr } = await run(args)
  expect(stdout).toMatch(text)
  expect([code, stderr]).toEqual([0, ''])
})

it.each([
  [[], /Usage: chatapi/],
  [['bogus'], /^chatapi: unknown command 'bogus'\nTry chatapi --help\n$/],
  [['serve', '--bogus'], /^chatapi: unknown option '--bogus'\nTry chatapi serve --help\n$/],
  [['serve', 'now'], /^chatapi: too many arguments[^\n]*\nTry chatapi serve --help\n$/],
  [['import'], /^chatapi: missing required argument 'SOURCE'\nTry chatapi import --help\n$/],
  [
    ['serve', '--store', 'x', '--http-listen', 'y'],
    /^chatapi: --store: [^\n]*\nchatapi: --http-listen: [^\n]*\nTry chatapi serve --help\n$/,
  ],
])('answers %j with 2 and a hint', async (args, text) => {
  const { code, stdout, stderr } = await run(args)
  expect(stderr).toMatch(text)
  expect([code, stdout]).toEqual([2, ''])
})

it('shows the effective settings without secrets', async () => {
  const { code, stdout } = await run(['serve', '--print-config', '--http-listen', 'off'], {
    CHATAPI_STORE: 'mongodb://user:secret@h/db',
    CHATAPI_GRPC_LISTEN: '[::1]:0',
  })
  expect(stdout).toMatch(/^store +mongodb:\/\/user:\*\*\*@h\/db\ngrpc-listen +\[::1\]:0\nhttp-listen +off\n/)
  expect(code).toBe(0)
})

it.each([
  ['serve', '--print-config'],
  ['import', 'none.db'],
])('warns of variables that no option has, in %s', async (...args) => {
  const { stderr } = await run(args, {
    CHATAPI_GRPC_LISTN: 'secret',
    CHATAPI_WHATEVER: 'secret',
    CHATAPI_DRY_RUN: '1',
    CHATAPI_ADDRESS: '127.0.0.1:50051',
    CHATAPI_TOKEN: 'secret',
    CHATAPI_TOKEN_FILE: 'token',
    CHATAPI_TEST_MONGOD: '/usr/bin/mongod',
  })
  expect(stderr.split('\n').slice(0, 2)).toEqual([
    'chatapi: CHATAPI_GRPC_LISTN is the variable of no option and is ignored; did you mean CHATAPI_GRPC_LISTEN?',
    'chatapi: CHATAPI_WHATEVER is the variable of no option and is ignored',
  ])
  expect(stderr.match(/variable of no option/g)).toHaveLength(2)
  expect(stderr).not.toContain('secret')
})

const MISSPELT = [
  ' mongodb://u:secret@h/db',
  'mongodb:u:secret@h/db',
  'u:s@secret:w/rd@h',
  'sqlite:mongodb://u:secret@h',
]

it.each(
  [
    ...MISSPELT.map((url) => ['serve', '--store', url]),
    ...MISSPELT.map((url) => ['import', 'none.db', '--json', '--store', url]),
    ...MISSPELT.map((url) => ['import', '--json', url]),
    ['serve', '--print-config', '--store', 'mongodb://u:secret@secret@h/db'],
    ['serve', '--stroe=mongodb://u:secret@h/db'],
    ['serve', '--grpc-listen', 'mongodb://u:secret@h/db'],
    ['mongodb://u:secret@h/db'],
  ].map((args) => [args]),
)('shows no password for %j', async (args) => {
  const { stdout, stderr } = await run(args)
  expect(stdout + stderr).toContain('***@')
  expect(stdout + stderr).not.toContain('secret')
})
