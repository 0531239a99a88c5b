import { describe, expect, it } from 'vitest'
import { maskUrl, maskUrlsIn, parseStoreUrl } from '../../src/config/store-url.ts'

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
    [' mongodb://u:secret@h/db', /" mongodb:\/\/u:\*\*\*@h\/db" is no store/],
    ['mongodb:u:secret@h/db', /is no store; expected [^(]*$/],
    ['u:s@secret:w/rd@h', /"u:\*\*\*@h" is no store; expected [^(]*$/],
    ['sqlite://u:secret@h/db', /two slashes/],
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
    [' mongodb://user:pass@h/db', ' mongodb://user:***@h/db'],
    ['mongodb:user:pass@h/db', 'mongodb:***@h/db'],
    ['mongodb:/user:pass@h/db', 'mongodb:***@h/db'],
    ['mongodb//user:pass@h/db', 'mongodb//user:***@h/db'],
    ['user:p@ss:w/rd@h', 'user:***@h'],
    ['mongodb://us@er:pass@h/db', 'mongodb://us@er:***@h/db'],
    ['mongodb://us/er:pass@h/db', 'mongodb://us/er:***@h/db'],
    ['mongodb://user:pa\nss@h/db', 'mongodb://user:***@h/db'],
    ['sqlite:mongodb://user:pass@h/db', 'sqlite:***@h/db'],
    ['sqlite://user:pass@h/db', 'sqlite://user:***@h/db'],
  ])('%s keeps its secrets', (url, shown) => {
    expect(maskUrl(url)).toBe(shown)
  })

  it.each([
    'sqlite:./data/chatapi.db',
    'mongodb://a:1,b:2/db?replicaSet=rs',
    'mongodb://user@h/db',
    'mongodb://user@h:1/db',
    'sqlite:/a:b@c/d.db',
    'C:\\a@b.db',
  ])('%s is shown as it is', (url) => {
    expect(maskUrl(url)).toBe(url)
  })
})

it('URLs within a text keep their secrets', () => {
  expect(maskUrlsIn("unknown option '--stroe=mongodb://user:p ss@h/db?proxyPassword=pass' (see x?)")).toBe(
    "unknown option '--stroe=mongodb://user:***@h/db?proxyPassword=*** (see x?)",
  )
})
