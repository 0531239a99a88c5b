package chatapi

import (
	"context"
	"crypto/tls"
	"os"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/grpc"
)

// DefaultTimeout is how long a call may take whose context has no deadline. A list may take so long for each page.
const DefaultTimeout = 10 * time.Second

// Where a client looks for its server unless it is told otherwise.
const (
	defaultHost = "127.0.0.1"
	grpcPort    = "50051"
	httpPort    = "8080"
)

// Option sets up a [Client].
type Option func(*settings)

type settings struct {
	address             string
	endpoint            endpoint
	givenToken          givenToken
	token               tokenSource
	allowPlaintextToken bool
	timeout             time.Duration
	tlsConfig           *tls.Config
	waitForServer       bool
	dialOptions         []grpc.DialOption
	httpClient          connect.HTTPClient
}

// WithAddress names the server: HOST:PORT or http://HOST:PORT for plaintext, https://HOST:PORT for TLS. A bare host has port
// 50051, or 8080 under [WithConnect]. Default: CHATAPI_ADDRESS, else 127.0.0.1 with that port.
func WithAddress(address string) Option {
	return func(s *settings) { s.address = address }
}

// WithToken sends the token with each call, as a bearer token. Empty sends none. Default: CHATAPI_TOKEN, else the token of
// [WithTokenFile].
func WithToken(token string) Option {
	return func(s *settings) { s.givenToken.text, s.givenToken.isText = token, true }
}

// WithTokenFile sends the token that stands in a file, and reads the file again when it changes. One that is broken then changes
// nothing; one that is broken now makes New fail. Default: CHATAPI_TOKEN_FILE.
func WithTokenFile(path string) Option {
	return func(s *settings) { s.givenToken.file = path }
}

// WithTokenSource asks a function for the token before each call, so it should keep what it has fetched. Where the server refuses
// that token, it is asked afresh, and the call is made once more with another one. The context is that of the call.
func WithTokenSource(ask func(context.Context) (string, error)) Option {
	return func(s *settings) { s.givenToken.ask = ask }
}

// WithAllowPlaintextToken lets the token travel without TLS to another machine, where anyone on the way can read it. Without this
// option New fails instead.
func WithAllowPlaintextToken() Option {
	return func(s *settings) { s.allowPlaintextToken = true }
}

// WithTimeout changes [DefaultTimeout]. 0 means no deadline. For one call, give its context a deadline.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) { s.timeout = timeout }
}

// WithTLSConfig trusts other authorities than the system's, or presents a certificate. It needs an https address.
func WithTLSConfig(config *tls.Config) Option {
	return func(s *settings) { s.tlsConfig = config }
}

// WithWaitForServer makes New wait, as long as its context allows, until the server answers from a directory that it has
// loaded: for plugins that start together with their server.
func WithWaitForServer() Option {
	return func(s *settings) { s.waitForServer = true }
}

// WithDialOptions sets up the gRPC connection further. They come last and win.
func WithDialOptions(opts ...grpc.DialOption) Option {
	return func(s *settings) { s.dialOptions = append(s.dialOptions, opts...) }
}

// WithConnect speaks the Connect protocol over the HTTP client in place of gRPC, for networks that let only HTTP/1.1 through. The
// address is then the one of the server's HTTP listener. Nothing is retried.
func WithConnect(httpClient connect.HTTPClient) Option {
	return func(s *settings) { s.httpClient = httpClient }
}

func newSettings(opts []Option) (*settings, error) {
	s := &settings{address: defaultHost, timeout: DefaultTimeout}
	if address := os.Getenv("CHATAPI_ADDRESS"); address != "" {
		s.address = address
	}
	for _, opt := range opts {
		opt(s)
	}
	return s, s.check()
}
