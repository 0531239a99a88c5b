package chatapi_test

import (
	"context"
	"net"
	"path"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	chatapi "github.com/chatapi/chatapi/clients/go"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// answerFunc answers the n-th call, from 1 on, of a method.
type answerFunc func(ctx context.Context, method string, n int, request any) (any, error)

// fake answers what no real server does: it fails on demand, or speaks a newer contract.
type fake struct {
	address string
	server  *grpc.Server
	answer  answerFunc

	mu      sync.Mutex
	calls   map[string]int
	headers metadata.MD
}

func newFake(t testing.TB, answer answerFunc) *fake {
	t.Helper()
	f := &fake{answer: answer, calls: map[string]int{}}
	f.listen(t, "127.0.0.1:0")
	return f
}

func (f *fake) listen(t testing.TB, address string) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	f.address = listener.Addr().String()
	f.server = grpc.NewServer(grpc.UnaryInterceptor(f.intercept), grpc.MaxSendMsgSize(1<<30))
	chatapiv1.RegisterChatApiServer(f.server, chatapiv1.UnimplementedChatApiServer{})
	server := f.server
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
}

func (f *fake) intercept(ctx context.Context, request any, info *grpc.UnaryServerInfo, _ grpc.UnaryHandler) (any, error) {
	method := path.Base(info.FullMethod)
	f.mu.Lock()
	f.calls[method]++
	n := f.calls[method]
	f.headers, _ = metadata.FromIncomingContext(ctx)
	f.mu.Unlock()
	return f.answer(ctx, method, n, request)
}

func (f *fake) count(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[method]
}

func (f *fake) header(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if values := f.headers.Get(name); len(values) > 0 {
		return values[0]
	}
	return ""
}

func (f *fake) client(t testing.TB, opts ...chatapi.Option) *chatapi.Client {
	t.Helper()
	return newClient(t, append([]chatapi.Option{chatapi.WithAddress(f.address)}, opts...)...)
}

// emptyAnswers answers lookups with nothing, and counts with zeros.
func emptyAnswers(_ context.Context, method string, _ int, _ any) (any, error) {
	switch method {
	case "GetStreamByGroupId":
		return &chatapiv1.GetStreamByGroupIdResponse{}, nil
	case "OpenStream":
		return &chatapiv1.OpenStreamResponse{}, nil
	case "RecordActivity":
		return &chatapiv1.RecordActivityResponse{}, nil
	default:
		return &chatapiv1.GetStreamsSummaryResponse{}, nil
	}
}
