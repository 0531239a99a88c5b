package chatapi

import (
	"context"
	"io"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// Client asks one ChatApi server. It is safe for concurrent use, and one per process is enough.
type Client struct {
	stub       chatapiv1.ChatApiClient
	connection io.Closer
}

// New makes a client. It fails for a wrong address or token and connects with the first call, so a server that is not there
// yet is no error here; [WithWaitForServer] makes it one. The context is for that wait alone.
func New(ctx context.Context, opts ...Option) (*Client, error) {
	s, err := newSettings(opts)
	if err != nil {
		return nil, err
	}
	c, err := dial(s)
	if err != nil {
		return nil, err
	}
	if s.waitForServer {
		if err := c.waitForServer(ctx, s.endpoint); err != nil {
			_ = c.Close()
			return nil, err
		}
	}
	return c, nil
}

func dial(s *settings) (*Client, error) {
	if s.httpClient != nil {
		return dialConnect(s), nil
	}
	return dialGRPC(s)
}

// Stub is the generated client on the same connection, for requests as the contract has them. Deadlines, retries, token and
// errors are those of the Client; grpc.CallOption values have no effect under [WithConnect].
func (c *Client) Stub() chatapiv1.ChatApiClient {
	return c.stub
}

// Close ends the connection and the calls in flight.
func (c *Client) Close() error {
	return c.connection.Close()
}
