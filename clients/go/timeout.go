package chatapi

import (
	"context"
	"time"

	"google.golang.org/grpc"
)

// withDefaultDeadline leaves a deadline alone that the caller set. A timeout of 0 sets none.
func withDefaultDeadline(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has || timeout == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, timeout)
}

func defaultDeadline(timeout time.Duration) grpc.UnaryClientInterceptor {
	return func(
		ctx context.Context, method string, request, answer any,
		connection *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
	) error {
		ctx, cancel := withDefaultDeadline(ctx, timeout)
		defer cancel()
		return invoke(ctx, method, request, answer, connection, opts...)
	}
}
