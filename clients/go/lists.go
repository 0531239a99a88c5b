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

// Query finds the streams that match a filter, of all platforms unless it names some; nil matches all. Pages as in
// [Client.AllStreams].
//
//	quiet := &chatapiv1.StreamFilter{NameContains: "mai"}
//	for stream, err := range client.Query(ctx, quiet, chatapi.OrderBy(chatapiv1.StreamOrder_STREAM_ORDER_LAST_ACTIVE)) {
func (c *Client) Query(ctx context.Context, filter *chatapiv1.StreamFilter, opts ...QueryOption) iter.Seq2[*chatapiv1.ChatStream, error] {
	q := filteredQuery(opts)
	return pages(func(token string) (page, error) {
		return c.stub.QueryStreams(ctx, &chatapiv1.QueryStreamsRequest{
			Filter: filter, OrderBy: q.order, PageSize: q.pageSize, PageToken: token, AtLeastRevision: q.atLeastRevision,
		})
	})
}
