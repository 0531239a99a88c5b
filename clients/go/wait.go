package chatapi

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

const waitInterval = 200 * time.Millisecond

// waitForServer asks until the answer is one, or a refusal that waiting does not change.
func (c *Client) waitForServer(ctx context.Context, server endpoint) error {
	var last error
	for {
		_, err := c.stub.GetStreamsSummary(ctx, &chatapiv1.GetStreamsSummaryRequest{})
		var failure *Error
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			if last == nil {
				last = err
			}
			return fmt.Errorf("chatapi: no answer from %s: %w (last: %w)", server.hostPort(), context.Cause(ctx), last)
		case !errors.As(err, &failure) || failure.Code != codes.Unavailable && failure.Code != codes.DeadlineExceeded:
			return err
		}
		last = err
		select {
		case <-ctx.Done():
		case <-time.After(max(waitInterval, failure.RetryAfter)):
		}
	}
}
