package chatapi

import (
	"context"
	"errors"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// DeleteOption says in which state the stream has to be: an [Etag].
type DeleteOption interface {
	applyToDelete(*chatapiv1.DeleteStreamRequest)
}

func (e Etag) applyToDelete(r *chatapiv1.DeleteStreamRequest) { r.Etag = string(e) }

// DeleteStream takes a stream out of the directory, until something happens in its chat again. It returns the revision from
// which on the stream is gone, for [AtLeastRevision]. An unknown id is an error, and one whose stream was deleted before; see
// [IsNotFound] and [IsDeleted].
func (c *Client) DeleteStream(ctx context.Context, streamID string, opts ...DeleteOption) (string, error) {
	request := &chatapiv1.DeleteStreamRequest{StreamId: streamID}
	for _, opt := range opts {
		opt.applyToDelete(request)
	}
	answer, err := c.stub.DeleteStream(ctx, request)
	return answer.GetRevision(), err
}

// IsDeleted tells whether the error says that there was a stream with the id asked for, and that it was deleted.
func IsDeleted(err error) bool {
	var failure *Error
	return errors.As(err, &failure) && failure.Reason == chatapiv1.ErrorReason_ERROR_REASON_STREAM_DELETED
}
