package chatapi

import (
	"context"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// Duplicates are streams that seem to be one chat.
type Duplicates struct {
	// Found are two streams or more each, and in what they differ: at most 1,000.
	Found []*chatapiv1.Duplicate
	// More tells whether there may be more than these.
	More bool
	// Revision is that of the answer; see [AtLeastRevision].
	Revision string
}

// Duplicates finds streams that seem to be one chat, of those that a filter matches; nil matches all. [Client.Merge] makes one
// of them, where they are.
func (c *Client) Duplicates(ctx context.Context, filter *chatapiv1.StreamFilter, opts ...ReadOption) (Duplicates, error) {
	answer, err := c.stub.ListDuplicates(ctx, &chatapiv1.ListDuplicatesRequest{
		Filter: filter, AtLeastRevision: readQuery(opts).atLeastRevision,
	})
	return Duplicates{answer.GetDuplicates(), answer.GetMore(), answer.GetRevision()}, err
}
