package chatapi

import (
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// maxAnswerBytes is the largest answer that a server can be set up to send.
const maxAnswerBytes = 64 << 20

// A connection that died without a word is given up after 70 s of silence, or 10 s into a call.
var keepaliveParameters = keepalive.ClientParameters{
	Time:                60 * time.Second,
	Timeout:             10 * time.Second,
	PermitWithoutStream: true,
}

// A server that restarts is found again within half a second, also by a client that was idle meanwhile, whose next call may be one
// that is sent once; gRPC's own default grows to two minutes. An attempt that gets no
// answer ends before the default deadline of the call that waits for it, so that the call can tell why it failed.
var connectParameters = grpc.ConnectParams{
	Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 400 * time.Millisecond},
	MinConnectTimeout: 4 * time.Second,
}

func dialGRPC(s *settings) (*Client, error) {
	transport := insecure.NewCredentials()
	if s.endpoint.tls {
		transport = credentials.NewTLS(s.tlsConfig)
	}
	opts := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithUserAgent(userAgent()),
		grpc.WithConnectParams(connectParameters),
		grpc.WithKeepaliveParams(keepaliveParameters),
		grpc.WithDefaultServiceConfig(serviceConfig(s.endpoint.isName())),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswerBytes)),
		grpc.WithChainUnaryInterceptor(typedErrors(s.endpoint), defaultDeadline(s.timeout), tokens(s.token)),
		grpc.WithChainStreamInterceptor(typedStreamErrors(s.endpoint), streamTokens(s.token)),
	}
	connection, err := grpc.NewClient("dns:///"+s.endpoint.hostPort(), append(opts, s.dialOptions...)...)
	if err != nil {
		return nil, fmt.Errorf("chatapi: %w", err)
	}
	return &Client{stub: chatapiv1.NewChatApiClient(connection), connection: connection}, nil
}
