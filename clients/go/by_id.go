package chatapi

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// maxBatch is the most ids, or activities, that one request may have.
const maxBatch = 1_000

// Stream returns the stream with this id. An unknown id is an error; see [IsNotFound].
func (c *Client) Stream(ctx context.Context, streamID string, opts ...ReadOption) (*chatapiv1.ChatStream, error) {
	answer, err := c.stub.GetStream(ctx, &chatapiv1.GetStreamRequest{
		StreamId: streamID, AtLeastRevision: readQuery(opts).atLeastRevision,
	})
	return answer.GetStream(), err
}

// Batch is what was found for many ids, in the order in which they were asked for, each id once.
type Batch struct {
	Streams []*chatapiv1.ChatStream
	// MissingIDs are the ids that no stream has.
	MissingIDs []string
}

// Streams returns the streams with these ids, however many, and names those that are unknown. More than 1,000 are asked for in
// several calls, between which the directory may change.
func (c *Client) Streams(ctx context.Context, streamIDs []string, opts ...ReadOption) (Batch, error) {
	q := readQuery(opts)
	var all Batch
	for ids := distinct(streamIDs); len(ids) > 0; {
		n := min(len(ids), maxBatch)
		part, err := c.batch(ctx, ids[:n], q.atLeastRevision)
		if err != nil {
			return Batch{}, err
		}
		all.Streams = append(all.Streams, part.Streams...)
		all.MissingIDs = append(all.MissingIDs, part.MissingIDs...)
		ids = ids[n:]
	}
	return all, nil
}

// batch halves what is too large for one answer.
func (c *Client) batch(ctx context.Context, ids []string, revision string) (Batch, error) {
	answer, err := c.stub.BatchGetStreams(ctx, &chatapiv1.BatchGetStreamsRequest{StreamIds: ids, AtLeastRevision: revision})
	if err == nil {
		return Batch{answer.GetStreams(), answer.GetMissingStreamIds()}, nil
	}
	var failure *Error
	if len(ids) == 1 || !errors.As(err, &failure) || failure.Code != codes.ResourceExhausted || failure.ReasonName == "" {
		return Batch{}, err
	}
	first, err := c.batch(ctx, ids[:len(ids)/2], revision)
	if err != nil {
		return Batch{}, err
	}
	second, err := c.batch(ctx, ids[len(ids)/2:], revision)
	if err != nil {
		return Batch{}, err
	}
	return Batch{append(first.Streams, second.Streams...), append(first.MissingIDs, second.MissingIDs...)}, nil
}

func distinct(ids []string) []string {
	seen := make(map[string]struct{}, len(ids))
	var result []string
	for _, id := range ids {
		if _, again := seen[id]; !again {
			seen[id] = struct{}{}
			result = append(result, id)
		}
	}
	return result
}
