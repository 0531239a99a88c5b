package chatapi

import (
	"context"
	"net/http"
	"path"

	"connectrpc.com/connect"

	"github.com/chatapi/chatapi/gen/go/chatapi/v1/chatapiv1connect"
)

func dialConnect(s *settings) *Client {
	inner := chatapiv1connect.NewChatApiClient(s.httpClient, s.endpoint.url(),
		connect.WithInterceptors(connectCalls(s)),
		connect.WithReadMaxBytes(maxAnswerBytes),
	)
	return &Client{stub: connectStub{inner}, connection: idleConnections{s.httpClient}}
}

// connectCalls does for Connect what the dial options do for gRPC.
func connectCalls(s *settings) connect.UnaryInterceptorFunc {
	return func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
			ctx, cancel := withDefaultDeadline(ctx, s.timeout)
			defer cancel()
			request.Header().Set("User-Agent", userAgent()+" "+request.Header().Get("User-Agent"))
			if s.token != "" {
				request.Header().Set("Authorization", "Bearer "+s.token)
			}
			answer, err := next(ctx, request)
			if err != nil {
				return nil, fromConnect(path.Base(request.Spec().Procedure), s.endpoint, err)
			}
			return answer, nil
		}
	}
}

// idleConnections closes what an http.Client keeps open; it goes on working for its owner.
type idleConnections struct{ client connect.HTTPClient }

func (c idleConnections) Close() error {
	if client, ok := c.client.(*http.Client); ok {
		client.CloseIdleConnections()
	}
	return nil
}
