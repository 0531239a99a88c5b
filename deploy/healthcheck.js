// Asks the server in this container whether it is ready; ends with 0 where it is. What it asks it knows from the environment.
import http from 'node:http'
import https from 'node:https'

const { CHATAPI_HTTP_LISTEN = '127.0.0.1:8080', CHATAPI_TLS_CERT } = process.env
const port = CHATAPI_HTTP_LISTEN.split(':').at(-1)
const isSecure = CHATAPI_TLS_CERT !== undefined && CHATAPI_TLS_CERT !== 'none'
// The certificate is for the names that others know; on the way to itself nobody stands between.
const options = { host: '127.0.0.1', port, path: '/readyz', timeout: 4_000, rejectUnauthorized: false }

const request = (isSecure ? https : http).get(options, (response) => {
  response.resume()
  process.exitCode = response.statusCode === 200 ? 0 : 1
})
request.on('timeout', () => request.destroy(new Error('no answer within 4 s')))
request.on('error', (error) => {
  // A server that knows clients by their certificates alone lets nobody else ask; that it says so shows that it lives.
  if (error.code === 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED') return
  console.error(`${CHATAPI_HTTP_LISTEN}: ${error.message}`)
  process.exitCode = 1
})
