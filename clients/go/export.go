package chatapi

import (
	"context"
	"errors"
	"io"
	"iter"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// Export yields all streams as they were at one moment, in the order in which the directory learnt of them. A list that is not
// complete ends with an error. It has to be read within five minutes.
func (c *Client) Export(ctx context.Context, opts ...ReadOption) iter.Seq2[*chatapiv1.ChatStream, error] {
	return func(yield func(*chatapiv1.ChatStream, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		answers, err := c.stub.ExportStreams(ctx, &chatapiv1.ExportStreamsRequest{AtLeastRevision: readQuery(opts).atLeastRevision})
		for err == nil {
			var part *chatapiv1.ExportStreamsResponse
			part, err = answers.Recv()
			for _, stream := range part.GetStreams() {
				if !yield(stream, nil) {
					return
				}
			}
		}
		if !errors.Is(err, io.EOF) {
			yield(nil, err)
		}
	}
}

// ServerInfo tells what runs there, how it is, and who this client is to it.
func (c *Client) ServerInfo(ctx context.Context, opts ...ReadOption) (*chatapiv1.GetServerInfoResponse, error) {
	return c.stub.GetServerInfo(ctx, &chatapiv1.GetServerInfoRequest{AtLeastRevision: readQuery(opts).atLeastRevision})
}
