import { describe, expect, it } from 'vitest'
import { maskUrl, parseStoreUrl } from '../../src/config/store-url.ts'

describe('a store URL', () => {
  it.each([
    ['sqlite:./data/chatapi.db', './data/chatapi.db'],
    ['sqlite:/var/lib/chat api.db', '/var/lib/chat api.db'],
    ['sqlite:///var/lib/chatapi.db', '///var/lib/chatapi.db'],
    ['sqlite:C:\\chatapi.db', 'C:\\chatapi.db'],
  ])('%s names a file', (url, path) => {
    expect(parseStoreUrl(url)).toEqual({ engine: 'sqlite', path })
  })

  it.each([
    ['mongodb://127.0.0.1/MegBot', 'MegBot'],
    ['mongodb://u:p@a:1,b:2,c:3/chats?replicaSet=rs', 'chats'],
    ['mongodb+srv://cluster.example.org/chat%20s', 'chat s'],
  ])('%s names a database', (url, database) => {
    expect(parseStoreUrl(url)).toEqual({ engine: 'mongodb', url, database })
  })

  it.each([
    ['', /is no store/],
    ['chatapi.db', /for a file: sqlite:chatapi\.db/],
    ['sqlite:', /names no file/],
    ['sqlite://data/chatapi.db', /two slashes; expected .* sqlite:data\/chatapi\.db/],
    ['postgres://u:secret@h/db', /"postgres:\/\/u:\*\*\*@h\/db" is no store/],
    ['mongodb://u:secret@h', /mongodb:\/\/u:\*\*\*@h names no database/],
    ['mongodb://h/?replicaSet=rs', /names no database/],
  ])('"%s" is refused with what was expected', (url, message) => {
    expect(() => parseStoreUrl(url)).toThrow(message)
    expect(() => parseStoreUrl(url)).not.toThrow(/secret/)
  })
})

describe('a URL that is shown', () => {
  it.each([
    ['mongodb://user:pass@h/db', 'mongodb://user:***@h/db'],
    ['mongodb+srv://user:p%40ss@h/db', 'mongodb+srv://user:***@h/db'],
    ['mongodb://user:p@ss/w:rd@h/db', 'mongodb://user:***@h/db'],
    ['mongodb://h/db?tlsCertificateKeyFilePassword=pass&w=1', 'mongodb://h/db?tlsCertificateKeyFilePassword=***&w=1'],
    ['mongodb://h/db?authMechanismProperties=AWS_SESSION_TOKEN:pass', 'mongodb://h/db?authMechanismProperties=***'],
    ['mongodb://h/db?w=1&proxyPassword=pass', 'mongodb://h/db?w=1&proxyPassword=***'],
  ])('%s keeps its secrets', (url, shown) => {
    expect(maskUrl(url)).toBe(shown)
  })

  it.each(['sqlite:./data/chatapi.db', 'mongodb://a:1,b:2/db?replicaSet=rs', 'mongodb://user@h/db'])(
    '%s is shown as it is',
    (url) => {
      expect(maskUrl(url)).toBe(url)
    },
  )
})
