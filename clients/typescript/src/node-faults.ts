const NO_TLS = 'the server does not speak TLS; is it http:// that was meant?'

/** What Node's error codes mean for a connection to the service. */
export function nodeAdvice(code: string, message: string): string | undefined {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there; is the server up?'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host is unknown'
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'the host does not answer'
    case 'ECONNRESET':
    case 'EPIPE':
      return message.includes('before secure TLS') ? NO_TLS : 'the connection broke'
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return NO_TLS
    case 'ERR_HTTP2_ERROR':
    case 'ERR_HTTP2_SESSION_ERROR':
      return 'what listens there does not speak HTTP/2; is it the right port?'
    default:
      return /CERT|SELF_SIGNED|ALTNAME|ISSUER/.test(code) ? 'the certificate is not trusted' : undefined
  }
}
