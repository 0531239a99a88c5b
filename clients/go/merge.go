package chatapi

import (
	"context"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// MergeOption says in which states the two streams have to be.
type MergeOption func(*chatapiv1.MergeStreamsRequest)

// SourceEtag asks that the source be in the state of this etag; else the call fails with [codes.Aborted]. Default: any state.
func SourceEtag(etag string) MergeOption {
	return func(r *chatapiv1.MergeStreamsRequest) { r.SourceEtag = etag }
}

// TargetEtag asks the same of the target.
func TargetEtag(etag string) MergeOption {
	return func(r *chatapiv1.MergeStreamsRequest) { r.TargetEtag = etag }
}

// MergeStreams makes one chat of two: whatever led to the source leads to the target for ever, its group or user too. It
// returns the target. Merging again changes nothing. An unknown id is an error; see [IsNotFound].
func (c *Client) MergeStreams(ctx context.Context, sourceID, targetID string, opts ...MergeOption) (*Changed, error) {
	request := &chatapiv1.MergeStreamsRequest{SourceStreamId: sourceID, TargetStreamId: targetID}
	for _, opt := range opts {
		opt(request)
	}
	answer, err := c.stub.MergeStreams(ctx, request)
	if err != nil {
		return nil, err
	}
	return &Changed{answer.GetStream(), answer.GetRevision()}, nil
}
