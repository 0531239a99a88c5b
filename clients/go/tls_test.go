package chatapi_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	chatapi "github.com/chatapi/chatapi/clients/go"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// A server whose certificate is its own authority, with gRPC behind it.
func TestSendsTheTokenOverTLS(t *testing.T) {
	t.Parallel()
	headers := make(chan string, 1)
	inner := grpc.NewServer(grpc.UnaryInterceptor(func(ctx context.Context, _ any, _ *grpc.UnaryServerInfo, _ grpc.UnaryHandler) (any, error) {
		return emptyAnswers(ctx, "", 0, nil)
	}))
	chatapiv1.RegisterChatApiServer(inner, chatapiv1.UnimplementedChatApiServer{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers <- r.Header.Get("Authorization")
		inner.ServeHTTP(w, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)

	authorities := x509.NewCertPool()
	authorities.AddCert(server.Certificate())
	trusting := &tls.Config{RootCAs: authorities}
	client := newClient(t, chatapi.WithAddress(server.URL), chatapi.WithToken("t"), chatapi.WithTLSConfig(trusting))
	if _, err := client.Summary(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := <-headers; got != "Bearer t" {
		t.Fatalf("the token is %q", got)
	}
}

func TestDoesNotTrustUnknownAuthorities(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it says that it was not trusted
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	_, err := newClient(t, chatapi.WithAddress(server.URL), chatapi.WithToken("t")).Summary(context.Background())
	wantFailure(t, err, codes.Unavailable, "certificate", strings.TrimPrefix(server.URL, "https://"))
}
