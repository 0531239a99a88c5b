package chatapi

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
)

// The contract has no call that streams yet, so these watch the health of a server.
const watchPath = "/grpc.health.v1.Health/Watch"

func TestStreamsAnswersOverGRPC(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan context.Context, 2)
	server := grpc.NewServer(grpc.StreamInterceptor(
		func(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
			opened <- stream.Context()
			return handle(service, stream)
		},
	))
	healthpb.RegisterHealthServer(server, health.NewServer())
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	client, err := New(context.Background(), WithAddress(listener.Addr().String()), WithToken("secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	connection := client.connection.(*grpc.ClientConn)

	stream, err := healthpb.NewHealthClient(connection).Watch(context.Background(), &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := stream.Recv(); err != nil || answer.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		t.Fatal(answer, err)
	}
	ctx := <-opened
	if header, _ := metadata.FromIncomingContext(ctx); header.Get("authorization")[0] != "Bearer secret" {
		t.Error("the token is missing")
	}
	if _, has := ctx.Deadline(); has {
		t.Error("a stream that need not end has a deadline")
	}
	server.Stop()
	_, err = stream.Recv()
	wantStreamError(t, err, "Watch", codes.Unavailable)
}

func TestStreamsRequestsOverGRPC(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	client, err := New(context.Background(), WithAddress(listener.Addr().String()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	connection := client.connection.(*grpc.ClientConn)

	stream, err := connection.NewStream(context.Background(), &grpc.StreamDesc{ClientStreams: true}, "/numbers.Numbers/Sum")
	if err != nil {
		t.Fatal(err)
	}
	wantStreamError(t, stream.RecvMsg(&healthpb.HealthCheckResponse{}), "Sum", codes.Unimplemented)
}

func TestStreamsAnswersOverConnect(t *testing.T) {
	headers := make(chan http.Header, 1)
	handler := connect.NewServerStreamHandler(watchPath, func(
		_ context.Context, request *connect.Request[healthpb.HealthCheckRequest],
		stream *connect.ServerStream[healthpb.HealthCheckResponse],
	) error {
		headers <- request.Header()
		for range 2 {
			if err := stream.Send(&healthpb.HealthCheckResponse{Status: healthpb.HealthCheckResponse_SERVING}); err != nil {
				return err
			}
		}
		if request.Msg.GetService() == "" {
			return nil
		}
		return connect.NewError(connect.CodeResourceExhausted, errors.New("too slow"))
	})
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	settings, err := newSettings([]Option{WithAddress(server.URL), WithConnect(server.Client()), WithToken("secret")})
	if err != nil {
		t.Fatal(err)
	}
	client := connect.NewClient[healthpb.HealthCheckRequest, healthpb.HealthCheckResponse](
		server.Client(), server.URL+watchPath, connectOptions(settings)...,
	)
	watch := func(service string) (grpc.ServerStreamingClient[healthpb.HealthCheckResponse], http.Header) {
		request := &healthpb.HealthCheckRequest{Service: service}
		stream, err := serverStreamOverConnect(context.Background(), request, client.CallServerStream)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if answer, err := stream.Recv(); err != nil || answer.GetStatus() != healthpb.HealthCheckResponse_SERVING {
				t.Fatal(answer, err)
			}
		}
		return stream, <-headers
	}

	stream, header := watch("")
	if _, err := stream.Recv(); err != io.EOF {
		t.Errorf("%v at the end, want io.EOF", err)
	}
	if header.Get("Authorization") != "Bearer secret" || header.Get("Connect-Timeout-Ms") != "" {
		t.Error(header)
	}
	stream, _ = watch("slow")
	_, err = stream.Recv()
	wantStreamError(t, err, "Watch", codes.ResourceExhausted)
}

func wantStreamError(t *testing.T, err error, method string, code codes.Code) {
	t.Helper()
	var failure *Error
	if !errors.As(err, &failure) || failure.Method != method || failure.Code != code {
		t.Fatalf("%v, want %s to fail with %s", err, method, code)
	}
}
