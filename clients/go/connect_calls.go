package chatapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path"

	"connectrpc.com/connect"
)

// connectCalls does for Connect what the dial options do for gRPC, for every kind of call.
type connectCalls struct{ *settings }

func setUserAgent(header http.Header) {
	header.Set("User-Agent", userAgent()+" "+header.Get("User-Agent"))
}

func setToken(header http.Header, token string) {
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	} else {
		header.Del("Authorization")
	}
}

// typed leaves io.EOF alone, which says that a stream is at its end.
func (c connectCalls) typed(spec connect.Spec, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return fromConnect(path.Base(spec.Procedure), c.endpoint, err)
}

func (c connectCalls) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
		ctx, cancel := withDefaultDeadline(ctx, c.timeout)
		defer cancel()
		setUserAgent(request.Header())
		var answer connect.AnyResponse
		isRefused := func(err error) bool { return connect.CodeOf(err) == connect.CodeUnauthenticated }
		err := withToken(ctx, c.token, isRefused, func(token string) (err error) {
			setToken(request.Header(), token)
			answer, err = next(ctx, request)
			return err
		})
		if err != nil {
			return nil, c.typed(request.Spec(), err)
		}
		return answer, nil
	}
}

// WrapStreamingClient sets no deadline: a watch does not end.
func (c connectCalls) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		stream := next(ctx, spec)
		setUserAgent(stream.RequestHeader())
		token, err := c.token.token(ctx, false)
		setToken(stream.RequestHeader(), token)
		return typedConnectStream{stream, c, err}
	}
}

func (connectCalls) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

type typedConnectStream struct {
	connect.StreamingClientConn
	calls   connectCalls
	noToken error
}

func (s typedConnectStream) Send(message any) error {
	if s.noToken != nil {
		return s.calls.typed(s.Spec(), s.noToken)
	}
	return s.calls.typed(s.Spec(), s.StreamingClientConn.Send(message))
}

func (s typedConnectStream) Receive(message any) error {
	return s.calls.typed(s.Spec(), s.StreamingClientConn.Receive(message))
}
