package chatapi

import (
	"context"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// StreamType tells whether a stream is a group or a private chat. An unknown id is an error; see [IsNotFound].
func (c *Client) StreamType(ctx context.Context, streamID string, opts ...ReadOption) (chatapiv1.StreamType, error) {
	answer, err := c.stub.GetStreamType(ctx, &chatapiv1.GetStreamTypeRequest{
		Target:          &chatapiv1.GetStreamTypeRequest_StreamId{StreamId: streamID},
		AtLeastRevision: readQuery(opts).atLeastRevision,
	})
	return answer.GetType(), err
}

// TypeOf tells the type of a stream from what it says itself, whether the directory knows it or not.
func (c *Client) TypeOf(ctx context.Context, stream *chatapiv1.ChatStream) (chatapiv1.StreamType, error) {
	answer, err := c.stub.GetStreamType(ctx, &chatapiv1.GetStreamTypeRequest{
		Target: &chatapiv1.GetStreamTypeRequest_ChatStream{ChatStream: stream},
	})
	return answer.GetType(), err
}

// StreamInfo tells the few facts that most plugins want of a stream. An unknown id is an error; see [IsNotFound].
func (c *Client) StreamInfo(ctx context.Context, streamID string, opts ...ReadOption) (*chatapiv1.StreamInfo, error) {
	answer, err := c.stub.GetStreamInfo(ctx, &chatapiv1.GetStreamInfoRequest{
		Target:          &chatapiv1.GetStreamInfoRequest_StreamId{StreamId: streamID},
		AtLeastRevision: readQuery(opts).atLeastRevision,
	})
	return answer.GetInfo(), err
}

// InfoOf tells the facts of a stream from what it says itself, whether the directory knows it or not.
func (c *Client) InfoOf(ctx context.Context, stream *chatapiv1.ChatStream) (*chatapiv1.StreamInfo, error) {
	answer, err := c.stub.GetStreamInfo(ctx, &chatapiv1.GetStreamInfoRequest{
		Target: &chatapiv1.GetStreamInfoRequest_ChatStream{ChatStream: stream},
	})
	return answer.GetInfo(), err
}

// Summary counts the streams of all platforms.
func (c *Client) Summary(ctx context.Context, opts ...ReadOption) (*chatapiv1.GetStreamsSummaryResponse, error) {
	return c.stub.GetStreamsSummary(ctx, &chatapiv1.GetStreamsSummaryRequest{AtLeastRevision: readQuery(opts).atLeastRevision})
}
