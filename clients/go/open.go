package chatapi

import (
	"context"
	"maps"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// Opened is the stream asked for, found or made.
type Opened struct {
	Stream *chatapiv1.ChatStream
	// Created tells whether this very call created the stream.
	Created bool
	// OtherStreamIDs are those of the other streams that match, most recently active first.
	OtherStreamIDs []string
	// Revision is for [AtLeastRevision]; empty when nothing was written.
	Revision string
}

// OpenOption says more of the stream to open. Names and labels serve a new stream only: they leave an existing one as it is.
type OpenOption func(*chatapiv1.OpenStreamRequest)

// OfAccount asks for the stream of this account of the bot; empty for the one recorded without. Default: any.
func OfAccount(accountID string) OpenOption {
	return func(r *chatapiv1.OpenStreamRequest) { r.AccountId = &accountID }
}

// InScope asks for the stream of this scope; empty for the one recorded without. Default: any.
func InScope(scope string) OpenOption {
	return func(r *chatapiv1.OpenStreamRequest) { r.Scope = &scope }
}

// Named is the name of a new stream: of the group, or the nickname of the user.
func Named(name string) OpenOption {
	return func(r *chatapiv1.OpenStreamRequest) {
		if r.GroupId != nil {
			r.GroupName = &name
		} else {
			r.UserNickname = &name
		}
	}
}

// Labelled attaches labels to a new stream.
func Labelled(labels map[string]string) OpenOption {
	return func(r *chatapiv1.OpenStreamRequest) { r.Labels = maps.Clone(labels) }
}

// OpenGroup returns the stream of a group and creates it when there is none. Opening is not activity.
func (c *Client) OpenGroup(ctx context.Context, platform, groupID string, opts ...OpenOption) (*Opened, error) {
	return c.open(ctx, &chatapiv1.OpenStreamRequest{Platform: platform, GroupId: &groupID}, opts)
}

// OpenPrivate returns the private stream of a user and creates it when there is none, also for a user never seen before.
func (c *Client) OpenPrivate(ctx context.Context, platform, userID string, opts ...OpenOption) (*Opened, error) {
	return c.open(ctx, &chatapiv1.OpenStreamRequest{Platform: platform, UserId: &userID}, opts)
}

// OpenTarget returns the stream of the chat that a text spells, as [Client.Resolve] reads it, and creates it when there is none.
// The text has to spell one chat, or to lead to one stream; platform may be empty where the text names it.
func (c *Client) OpenTarget(ctx context.Context, platform, target string, opts ...OpenOption) (*Opened, error) {
	return c.open(ctx, &chatapiv1.OpenStreamRequest{Platform: platform, Target: &target}, opts)
}

func (c *Client) open(ctx context.Context, request *chatapiv1.OpenStreamRequest, opts []OpenOption) (*Opened, error) {
	for _, opt := range opts {
		opt(request)
	}
	answer, err := c.stub.OpenStream(ctx, request)
	if err != nil {
		return nil, err
	}
	return &Opened{answer.GetStream(), answer.GetCreated(), answer.GetOtherStreamIds(), answer.GetRevision()}, nil
}
