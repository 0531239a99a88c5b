package chatapi

import (
	"context"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// Match is what a lookup found.
type Match struct {
	// Stream is the most recently active stream that matches; nil when none does.
	Stream *chatapiv1.ChatStream
	// OtherStreamIDs are those of the other streams that match, most recently active first.
	OtherStreamIDs []string
}

// GroupStream finds the stream of a group by the group's id on "qq", or on the platforms that an option names.
func (c *Client) GroupStream(ctx context.Context, groupID string, opts ...LookupOption) (Match, error) {
	q := lookupQuery(opts)
	answer, err := c.stub.GetStreamByGroupId(ctx, &chatapiv1.GetStreamByGroupIdRequest{
		GroupId: groupID, Platform: q.platform, SpecialType: q.specialType, AtLeastRevision: q.atLeastRevision,
	})
	return Match{answer.GetStream(), answer.GetOtherStreamIds()}, err
}

// UserStream finds the private stream of a user, as [Client.GroupStream] finds a group's.
func (c *Client) UserStream(ctx context.Context, userID string, opts ...LookupOption) (Match, error) {
	q := lookupQuery(opts)
	answer, err := c.stub.GetStreamByUserId(ctx, &chatapiv1.GetStreamByUserIdRequest{
		UserId: userID, Platform: q.platform, SpecialType: q.specialType, AtLeastRevision: q.atLeastRevision,
	})
	return Match{answer.GetStream(), answer.GetOtherStreamIds()}, err
}
