package chatapi

import (
	"fmt"
	"strings"
)

// Words of transports by which to tell that the address is the wrong one, and what it then is.
var misreadings = []struct{ words, meaning string }{
	{"looked like an HTTP/1.1 header", "%s is not the gRPC port of a ChatApi server: it answers HTTP/1.1"},
	{"first record does not look like a TLS handshake", "%s speaks plaintext: use an http:// address"},
	{"server gave HTTP response to HTTPS client", "%s speaks plaintext: use an http:// address"},
	{"error reading server preface", "%s is not the gRPC port of a ChatApi server, or wants TLS: then use an https:// address"},
	{"malformed HTTP response", "%s is not the HTTP port of a ChatApi server, or wants TLS: then use an https:// address"},
	{"handshake failed: EOF", "%s ended the TLS handshake; if it speaks plaintext, use an http:// address"},
	{"handshake failed: read tcp", "%s broke the TLS handshake off; if it speaks plaintext, use an http:// address"},
	{"produced zero addresses", "the host of %s is unknown"},
	{"no application protocol", "%s speaks no HTTP/2, so no gRPC"},
	{"unexpected HTTP status code", "%s is not a ChatApi server, or a proxy answers for it"},
	{"invalid content-type", "%s is not a ChatApi server, or a proxy answers for it"},
	{"unexpected content-type", "%s is not a ChatApi server, or a proxy answers for it"},
}

// hint adds what the message of a transport means for the address.
func hint(server endpoint, message string) string {
	for _, misreading := range misreadings {
		if strings.Contains(message, misreading.words) {
			return " (" + fmt.Sprintf(misreading.meaning, server.hostPort()) + ")"
		}
	}
	if !strings.Contains(message, server.hostPort()) {
		return " (server: " + server.hostPort() + ")"
	}
	return ""
}
