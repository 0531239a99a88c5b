package chatapi

import (
	"context"
	"errors"
	"io"
	"path"

	"google.golang.org/grpc"
)

// typedStreamErrors does for calls that stream what typedErrors does for the others. They get no deadline: a watch does not end.
func typedStreamErrors(server endpoint) grpc.StreamClientInterceptor {
	return func(
		ctx context.Context, kind *grpc.StreamDesc, connection *grpc.ClientConn, method string,
		open grpc.Streamer, opts ...grpc.CallOption,
	) (grpc.ClientStream, error) {
		typed := func(err error) error {
			if err == nil || errors.Is(err, io.EOF) {
				return err
			}
			return fromGRPC(path.Base(method), server, connection.GetState(), err)
		}
		stream, err := open(ctx, kind, connection, method, opts...)
		if err != nil {
			return nil, typed(err)
		}
		return typedStream{stream, typed}, nil
	}
}

type typedStream struct {
	grpc.ClientStream
	typed func(error) error
}

func (s typedStream) SendMsg(message any) error { return s.typed(s.ClientStream.SendMsg(message)) }
func (s typedStream) RecvMsg(message any) error { return s.typed(s.ClientStream.RecvMsg(message)) }
func (s typedStream) CloseSend() error          { return s.typed(s.ClientStream.CloseSend()) }
