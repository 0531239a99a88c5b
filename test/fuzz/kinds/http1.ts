import fc, { type Arbitrary } from 'fast-check'
import type { Script, Step } from '../attack.ts'
import { mutated } from './bytes.ts'
import { path } from './messages.ts'
import { leaving } from './scripts.ts'

const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('POST', 'GET') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'CONNECT', 'PATCH', 'PRI', 'M-SEARCH', 'get', 'FOO', '', 'G\0T'],
    ),
  },
)

const target = fc.oneof(
  { weight: 6, arbitrary: path },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...['/', '/healthz', '/readyz', '/metrics', '*', '', '//', '/%', '/%00', '/../..', '/chatapi.v1.ChatApi/'],
      ...[
        '/chatapi.v1.ChatApi/None',
        'http://127.0.0.1/healthz',
        'http://[::1',
        'http://',
        'example.org:443',
        '/?\u00ff',
      ],
      ...['/a b', `/${'a'.repeat(20_000)}`, `/healthz?${'q=1&'.repeat(5_000)}`],
    ),
  },
)

const version = fc.oneof(
  { weight: 8, arbitrary: fc.constant('HTTP/1.1') },
  { weight: 2, arbitrary: fc.constantFrom('HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.2', 'HTTP/1', 'http/1.1', '') },
)

const host = fc.oneof(
  { weight: 8, arbitrary: fc.constant('Host: 127.0.0.1') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...['', 'Host:', 'Host: ', 'Host: %%%[', 'Host: a\r\nHost: b', 'Host: [::1', 'Host: example.org', 'Host : a'],
      ...['host: localhost:99999', 'Host: a@b', `Host: ${'a'.repeat(300)}`, 'Host: \u00e9'],
    ),
  },
)

const header = fc.constantFrom(
  ...[
    'Connection: close',
    'Connection: keep-alive',
    'Connection: upgrade',
    'Connection: TE, close, te',
    'Keep-Alive: x',
  ],
  ...[
    'Upgrade: h2c',
    'Upgrade: websocket',
    'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA',
  ],
  ...['Expect: 100-continue', 'Expect: 200-ok', 'Expect: ', 'Expect: 100-Continue, x', 'Trailer: a', 'TE: trailers'],
  ...['Content-Type: application/json', 'Content-Type: application/proto', 'Content-Type: application/connect+json'],
  ...['Content-Type: application/grpc-web', 'Content-Type: text/html', 'Content-Type: ', 'Content-Type: ;;;=,'],
  ...['Content-Encoding: gzip', 'Accept-Encoding: gzip', 'Connect-Timeout-Ms: 1', 'Origin: null', 'Origin: http://a'],
  ...['A: b\r\n c', ' A: b', 'A', ': b', 'A:\0', 'A: \u007f', 'A\t: b', '(A): b', 'A: b\nB: c', 'A: b\rB: c'],
  ...[`X: ${'a'.repeat(17_000)}`, Array(2_100).fill('X: y').join('\r\n')],
)

const JSON_BODY = '{"groupId":"1001"}'

interface Framing {
  readonly headers: readonly string[]
  readonly body: string
}

/** How the end of the body is told, rightly and not. */
const framing: Arbitrary<Framing> = fc.constantFrom(
  ...Array(6).fill({ headers: [`Content-Length: ${JSON_BODY.length}`], body: JSON_BODY }),
  { headers: [], body: '' },
  { headers: [], body: JSON_BODY },
  ...[
    '0',
    '1',
    '17',
    '19',
    '-1',
    '+18',
    '1e1',
    '0x12',
    '18, 18',
    '18 ',
    '',
    '99999999999',
    '4294967314',
    '5000000',
  ].map((length) => ({ headers: [`Content-Length: ${length}`], body: JSON_BODY })),
  { headers: ['Content-Length: 18', 'Content-Length: 17'], body: JSON_BODY },
  { headers: ['Transfer-Encoding: chunked'], body: `12\r\n${JSON_BODY}\r\n0\r\n\r\n` },
  { headers: ['Transfer-Encoding: chunked', 'Content-Length: 18'], body: `12\r\n${JSON_BODY}\r\n0\r\n\r\n` },
  { headers: ['Content-Length: 6', 'Transfer-Encoding: chunked'], body: '0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n' },
  ...['gzip, chunked', 'chunked, gzip', 'identity', 'xchunked', ' chunked', 'chunked, chunked', '\tChunked'].map(
    (coding) => ({ headers: [`Transfer-Encoding: ${coding}`], body: `12\r\n${JSON_BODY}\r\n0\r\n\r\n` }),
  ),
  ...[
    `12;a=b\r\n${JSON_BODY}\r\n0\r\n\r\n`,
    `12\n${JSON_BODY}\n0\n\n`,
    `0012\r\n${JSON_BODY}\r\n0\r\nA: b\r\n\r\n`,
    `12\r\n${JSON_BODY}0\r\n\r\n`,
    `-12\r\n${JSON_BODY}\r\n0\r\n\r\n`,
    'ffffffffffffffff\r\n{}\r\n0\r\n\r\n',
    '10000000000000002\r\n{}\r\n0\r\n\r\n',
    `12 \r\n${JSON_BODY}\r\n0\r\n\r\n`,
    `12;${'e'.repeat(20_000)}\r\n${JSON_BODY}\r\n0\r\n\r\n`,
    `${[...JSON_BODY].map((character) => `1\r\n${character}\r\n`).join('')}0\r\n\r\n`,
    `12\r\n${JSON_BODY}\r\n0\r\n${'T: t\r\n'.repeat(3_000)}\r\n`,
    '12\r\n{',
  ].map((body) => ({ headers: ['Transfer-Encoding: chunked'], body })),
)

const lineEnd = fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r')

const request = fc
  .tuple(method, target, version, host, fc.array(header, { maxLength: 4 }), framing, lineEnd)
  .map(([method, target, version, host, headers, { headers: told, body }, lineEnd]) => {
    const isTyped = headers.some((line) => line.startsWith('Content-Type'))
    const type = isTyped ? [] : ['Content-Type: application/json']
    const lines = [host, ...type, ...headers, ...told].filter((line) => line !== '')
    return Buffer.from([`${method} ${target} ${version}`, ...lines, '', body].join(lineEnd), 'latin1')
  })

/** Requests as no library writes them, one behind another, in pieces, broken off. */
export function http1(): Arbitrary<Script> {
  const part = fc.oneof({ weight: 5, arbitrary: request }, { weight: 1, arbitrary: mutated(request) })
  const requests = fc.array(part, { minLength: 1, maxLength: 5 })
  const inPieces = fc.constantFrom('together', 'together', 'together', 'each', 'halves')
  return fc.tuple(requests, inPieces, leaving).map(([requests, inPieces, end]) => ({
    steps: [...cut(requests, inPieces), ...end],
    requests: requests.length,
  }))
}

function cut(requests: readonly Buffer[], inPieces: string): Step[] {
  if (inPieces === 'together') return [{ send: requests }]
  if (inPieces === 'each') return requests.map((request) => ({ send: [request] }))
  return requests.flatMap((request): Step[] => {
    const middle = Math.floor(request.length / 2)
    return [{ send: [request.subarray(0, middle)] }, { waitMs: 5 }, { send: [request.subarray(middle)] }]
  })
}
