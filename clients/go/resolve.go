package chatapi

import (
	"context"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// Resolved is what a text means.
type Resolved struct {
	// Stream is the one that it means; nil unless it is exactly one.
	Stream *chatapiv1.ChatStream
	// Candidates are the streams that it may mean, and how it spells them: one that is found, at most 20 where it is ambiguous.
	Candidates []*chatapiv1.ResolveCandidate
}

// Resolve finds out which stream a text means: an id, a number, "qq:group:ID", a name, or what other bots write. Finding none,
// or several, is no error. Without an option a text that names no platform is about "qq".
func (c *Client) Resolve(ctx context.Context, target string, opts ...LookupOption) (Resolved, error) {
	q := lookupQuery(opts)
	answer, err := c.stub.ResolveStream(ctx, &chatapiv1.ResolveStreamRequest{
		Target: target, Platform: q.platform, SpecialType: q.specialType, AtLeastRevision: q.atLeastRevision,
	})
	return resolved(answer), err
}

// ResolveAll finds out which streams texts mean, at most 1,000, in their order. As [Client.Resolve].
func (c *Client) ResolveAll(ctx context.Context, targets []string, opts ...LookupOption) ([]Resolved, error) {
	q := lookupQuery(opts)
	answer, err := c.stub.BatchResolveStreams(ctx, &chatapiv1.BatchResolveStreamsRequest{
		Targets: targets, Platform: q.platform, SpecialType: q.specialType, AtLeastRevision: q.atLeastRevision,
	})
	if err != nil {
		return nil, err
	}
	all := make([]Resolved, 0, len(answer.GetResults()))
	for _, result := range answer.GetResults() {
		all = append(all, resolved(result))
	}
	return all, nil
}

func resolved(answer *chatapiv1.ResolveStreamResponse) Resolved {
	return Resolved{answer.GetStream(), answer.GetCandidates()}
}
