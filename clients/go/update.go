package chatapi

import (
	"context"
	"maps"
	"slices"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// Changed is a stream as a write left it.
type Changed struct {
	Stream *chatapiv1.ChatStream
	// Revision is for [AtLeastRevision]; empty when nothing changed.
	Revision string
}

// UpdateOption says what to change of a stream, and in which state it has to be.
type UpdateOption interface {
	applyToUpdate(*chatapiv1.UpdateStreamRequest)
}

type updateOption func(*chatapiv1.UpdateStreamRequest)

func (o updateOption) applyToUpdate(r *chatapiv1.UpdateStreamRequest) { o(r) }

// CustomName gives the stream a name, which no bot changes; an empty one takes it away.
func CustomName(name string) UpdateOption {
	return updateOption(func(r *chatapiv1.UpdateStreamRequest) { r.CustomName = &name })
}

// SetLabels attaches labels, or gives them other values. All others stay.
func SetLabels(labels map[string]string) UpdateOption {
	return updateOption(func(r *chatapiv1.UpdateStreamRequest) { r.SetLabels = maps.Clone(labels) })
}

// RemoveLabels takes labels away. Taking away what is not there is no error.
func RemoveLabels(keys ...string) UpdateOption {
	return updateOption(func(r *chatapiv1.UpdateStreamRequest) { r.RemoveLabels = slices.Clone(keys) })
}

// Etag is that of a state of a stream, and an option of the calls that write one: it has to be in that state, or the call
// fails with [codes.Aborted]. Default: any state.
type Etag string

func (e Etag) applyToUpdate(r *chatapiv1.UpdateStreamRequest) { r.Etag = string(e) }

// UpdateStream changes what people say of a stream. An unknown id is an error; see [IsNotFound].
func (c *Client) UpdateStream(ctx context.Context, streamID string, opts ...UpdateOption) (*Changed, error) {
	request := &chatapiv1.UpdateStreamRequest{StreamId: streamID}
	for _, opt := range opts {
		opt.applyToUpdate(request)
	}
	answer, err := c.stub.UpdateStream(ctx, request)
	if err != nil {
		return nil, err
	}
	return &Changed{answer.GetStream(), answer.GetRevision()}, nil
}
