package chatapi

import (
	"context"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// bearerToken sends a token with a call. Whether it may travel in plaintext was decided in settings.check.
type bearerToken string

func (t bearerToken) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(t)}, nil
}

func (bearerToken) RequireTransportSecurity() bool { return false }

// showing adds a token to the options of a call, where interceptors of others do not see it.
func showing(token string, opts []grpc.CallOption) []grpc.CallOption {
	if token == "" {
		return opts
	}
	return slices.Concat([]grpc.CallOption{grpc.PerRPCCredentials(bearerToken(token))}, opts)
}

func tokens(source tokenSource) grpc.UnaryClientInterceptor {
	return func(
		ctx context.Context, method string, request, answer any,
		connection *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
	) error {
		isRefused := func(err error) bool { return status.Code(err) == codes.Unauthenticated }
		return withToken(ctx, source, isRefused, func(token string) error {
			return invoke(ctx, method, request, answer, connection, showing(token, opts)...)
		})
	}
}

// streamTokens opens a stream with the token of the moment. It is not sent again: what it was to send may be gone.
func streamTokens(source tokenSource) grpc.StreamClientInterceptor {
	return func(
		ctx context.Context, kind *grpc.StreamDesc, connection *grpc.ClientConn, method string,
		open grpc.Streamer, opts ...grpc.CallOption,
	) (grpc.ClientStream, error) {
		token, err := source.token(ctx, false)
		if err != nil {
			return nil, err
		}
		return open(ctx, kind, connection, method, showing(token, opts)...)
	}
}
