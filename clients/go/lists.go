package chatapi

import (
	"context"
	"iter"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// AllStreams lists the streams of "qq", or of the platforms that an option names, in the order in which the directory first
// learnt of them. It fetches pages as the loop goes. After an error the loop ends.
//
//	for stream, err := range client.AllStreams(ctx, chatapi.OnAllPlatforms()) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(stream.GetDisplayName())
//	}
//
// [Collect] makes a slice of it.
func (c *Client) AllStreams(ctx context.Context, opts ...ListOption) iter.Seq2[*chatapiv1.ChatStream, error] {
	q := listQuery(opts)
	return pages(func(token string) (page, error) {
		return c.stub.GetAllStreams(ctx, &chatapiv1.GetAllStreamsRequest{
			Platform: q.platform, SpecialType: q.specialType, PageSize: q.pageSize, PageToken: token, AtLeastRevision: q.atLeastRevision,
		})
	})
}

// GroupStreams lists group streams, as [Client.AllStreams] does.
func (c *Client) GroupStreams(ctx context.Context, opts ...ListOption) iter.Seq2[*chatapiv1.ChatStream, error] {
	q := listQuery(opts)
	return pages(func(token string) (page, error) {
		return c.stub.GetGroupStreams(ctx, &chatapiv1.GetGroupStreamsRequest{
			Platform: q.platform, SpecialType: q.specialType, PageSize: q.pageSize, PageToken: token, AtLeastRevision: q.atLeastRevision,
		})
	})
}

// PrivateStreams lists private streams, as [Client.AllStreams] does.
func (c *Client) PrivateStreams(ctx context.Context, opts ...ListOption) iter.Seq2[*chatapiv1.ChatStream, error] {
	q := listQuery(opts)
	return pages(func(token string) (page, error) {
		return c.stub.GetPrivateStreams(ctx, &chatapiv1.GetPrivateStreamsRequest{
			Platform: q.platform, SpecialType: q.specialType, PageSize: q.pageSize, PageToken: token, AtLeastRevision: q.atLeastRevision,
		})
	})
}
