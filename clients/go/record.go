package chatapi

import (
	"context"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// RecordActivity records what the bot saw, 1 to 1,000 activities, all of them or none: it creates streams not yet known and
// refreshes names and times. The answer has one result for each.
func (c *Client) RecordActivity(ctx context.Context, activities ...*chatapiv1.Activity) (*chatapiv1.RecordActivityResponse, error) {
	return c.stub.RecordActivity(ctx, &chatapiv1.RecordActivityRequest{Activities: activities})
}
