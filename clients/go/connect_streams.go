package chatapi

import (
	"context"
	"errors"
	"io"
	"net/http"

	"connectrpc.com/connect"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// serverStreamOverConnect makes a call with many answers as the gRPC stub does. Cancelling the context ends it.
func serverStreamOverConnect[Request, Answer any](
	ctx context.Context, request *Request,
	call func(context.Context, *connect.Request[Request]) (*connect.ServerStreamForClient[Answer], error),
) (grpc.ServerStreamingClient[Answer], error) {
	stream, err := call(ctx, connect.NewRequest(request))
	if err != nil {
		return nil, err
	}
	inner, err := stream.Conn()
	if err != nil {
		return nil, err
	}
	return &grpc.GenericClientStream[Request, Answer]{ClientStream: connectStream{ctx, inner}}, nil
}

// connectStream is a stream of Connect with the methods of one of gRPC.
type connectStream struct {
	ctx   context.Context
	inner connect.StreamingClientConn
}

func (s connectStream) Context() context.Context { return s.ctx }

func (s connectStream) Header() (metadata.MD, error) {
	return metadataOf(s.inner.ResponseHeader()), nil
}

func (s connectStream) Trailer() metadata.MD { return metadataOf(s.inner.ResponseTrailer()) }

func (s connectStream) CloseSend() error { return s.inner.CloseRequest() }

func (s connectStream) SendMsg(message any) error { return s.inner.Send(message) }

func (s connectStream) RecvMsg(message any) error {
	err := s.inner.Receive(message)
	if err != nil {
		_ = s.inner.CloseResponse()
	}
	if errors.Is(err, io.EOF) {
		return io.EOF // itself, which callers compare with
	}
	return err
}

func metadataOf(header http.Header) metadata.MD {
	md := metadata.MD{}
	for name, values := range header {
		md.Append(name, values...)
	}
	return md
}
