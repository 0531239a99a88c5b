package chatapi

import (
	"context"
	"fmt"
	"path"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/status"
)

func typedErrors(server endpoint) grpc.UnaryClientInterceptor {
	return func(
		ctx context.Context, method string, request, answer any,
		connection *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
	) error {
		err := invoke(ctx, method, request, answer, connection, opts...)
		if err == nil {
			return nil
		}
		return fromGRPC(path.Base(method), server, connection.GetState(), err)
	}
}

func fromGRPC(method string, server endpoint, state connectivity.State, err error) *Error {
	if failure := fromTokenSource(method, err); failure != nil {
		return failure
	}
	s := status.Convert(err)
	e := &Error{Method: method, Code: s.Code(), Message: s.Message(), cause: err}
	for _, detail := range s.Details() {
		e.addDetail(detail)
	}
	switch {
	case e.ReasonName != "":
	case isUnsendable(e.Message):
		e.Code = codes.InvalidArgument
	case e.Code == codes.DeadlineExceeded && state != connectivity.Ready:
		// gRPC tells only that time ran out, when it did so while the client waited to connect again.
		e.Message = fmt.Sprintf("no connection to %s: %s", server.hostPort(), e.Message)
	default:
		e.Message += hint(server, e.Message)
	}
	return e
}
