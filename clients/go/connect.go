package chatapi

import (
	"net/http"

	"connectrpc.com/connect"

	"github.com/chatapi/chatapi/gen/go/chatapi/v1/chatapiv1connect"
)

func dialConnect(s *settings) *Client {
	inner := chatapiv1connect.NewChatApiClient(s.httpClient, s.endpoint.url(), connectOptions(s)...)
	return &Client{stub: connectStub{inner}, connection: idleConnections{s.httpClient}}
}

func connectOptions(s *settings) []connect.ClientOption {
	return []connect.ClientOption{connect.WithInterceptors(connectCalls{s}), connect.WithReadMaxBytes(maxAnswerBytes)}
}

// idleConnections closes what an http.Client keeps open; it goes on working for its owner.
type idleConnections struct{ client connect.HTTPClient }

func (c idleConnections) Close() error {
	if client, ok := c.client.(*http.Client); ok {
		client.CloseIdleConnections()
	}
	return nil
}
