package chatapi_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	chatapi "github.com/chatapi/chatapi/clients/go"
	"github.com/chatapi/chatapi/clients/go/internal/servertest"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// wantFailure checks the code of an error, and that its text has the words.
func wantFailure(t *testing.T, err error, code codes.Code, words ...string) *chatapi.Error {
	t.Helper()
	var failure *chatapi.Error
	if !errors.As(err, &failure) || failure.Code != code {
		t.Fatalf("%v, want the code %s", err, code)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q says nothing of %q", err, word)
		}
	}
	return failure
}

func TestServerDownAtStart(t *testing.T) {
	t.Parallel()
	servertest.Need(t)
	address := servertest.FreeAddress(t)
	client := newClient(t, chatapi.WithAddress(address))
	ctx := context.Background()

	began := time.Now()
	_, err := client.Summary(ctx)
	wantFailure(t, err, codes.Unavailable, "GetStreamsSummary", address, "refused")
	if took := time.Since(began); took > chatapi.DefaultTimeout {
		t.Errorf("the error came after %s", took)
	}

	soon, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	_, err = client.Summary(soon)
	wantFailure(t, err, codes.DeadlineExceeded, "no connection to "+address)

	servertest.Must(t)(servertest.StartAt(servertest.NewStore(t.TempDir()), address))
	if _, err := client.Summary(ctx); err != nil {
		t.Fatalf("the client did not recover: %v", err)
	}
}

func TestWaitsForTheServerToStart(t *testing.T) {
	t.Parallel()
	servertest.Need(t)
	address := servertest.FreeAddress(t)
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	_, err := chatapi.New(ctx, chatapi.WithAddress(address), chatapi.WithWaitForServer())
	wantFailure(t, err, codes.DeadlineExceeded, "no answer from "+address)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}

	made := make(chan error)
	go func() {
		client, err := chatapi.New(context.Background(), chatapi.WithAddress(address), chatapi.WithWaitForServer())
		if err == nil {
			err = client.Close()
		}
		made <- err
	}()
	servertest.Must(t)(servertest.StartAt(servertest.NewStore(t.TempDir()), address))
	if err := <-made; err != nil {
		t.Fatal(err)
	}
}

func TestServerRestartedMidUse(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*servertest.Server) error{
		"stopped": (*servertest.Server).Stop,
		"killed":  func(server *servertest.Server) error { server.Kill(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			server := servertest.New(t)
			ctx := context.Background()
			overGRPC := newClient(t, chatapi.WithAddress(server.GRPC))
			overHTTP := newClient(t, chatapi.WithAddress(server.HTTP), chatapi.WithConnect(&http.Client{}))
			opened, err := overGRPC.OpenGroup(ctx, "qq", name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := overHTTP.Summary(ctx); err != nil {
				t.Fatal(err)
			}
			if err := end(server); err != nil {
				t.Fatal(err)
			}
			_, err = overHTTP.Summary(ctx)
			wantFailure(t, err, codes.Unavailable, server.HTTP)
			servertest.Must(t)(server.Again())
			for transport, client := range map[string]*chatapi.Client{"grpc": overGRPC, "connect": overHTTP} {
				stream, err := client.Stream(ctx, opened.Stream.GetStreamId())
				if err != nil || stream.GetGroupInfo().GetGroupId() != name {
					t.Errorf("%s: %v, %v", transport, stream, err)
				}
			}
		})
	}
}

func TestWrongPort(t *testing.T) {
	t.Parallel()
	html := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<h1>It works!</h1>"))
	})
	http1 := httptest.NewServer(html)
	t.Cleanup(http1.Close)
	http2 := httptest.NewUnstartedServer(html)
	http2.Config.Protocols = new(http.Protocols)
	http2.Config.Protocols.SetUnencryptedHTTP2(true)
	http2.Start()
	t.Cleanup(http2.Close)
	missing := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(missing.Close)
	ctx := context.Background()

	for _, test := range []struct {
		name string
		url  string
		opts []chatapi.Option
		code codes.Code
		want string
	}{
		{"gRPC to HTTP/1.1", http1.URL, nil, codes.Unavailable, "answers HTTP/1.1"},
		{"gRPC to HTTP/2", http2.URL, nil, codes.Unknown, "is not a ChatApi server"},
		{"Connect to a web page", http1.URL, []chatapi.Option{chatapi.WithConnect(http1.Client())}, codes.Unknown, "is not a ChatApi server"},
		{"Connect to nothing", missing.URL, []chatapi.Option{chatapi.WithConnect(missing.Client())}, codes.Unimplemented, "404"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, append(test.opts, chatapi.WithAddress(test.url))...)
			_, err := client.GroupStream(ctx, "1")
			wantFailure(t, err, test.code, test.want, "GetStreamByGroupId", strings.TrimPrefix(test.url, "http://"))
		})
	}
}

func TestPortsOfTheServerMixedUp(t *testing.T) {
	t.Parallel()
	server := servertest.New(t)
	ctx := context.Background()
	if _, err := newClient(t, chatapi.WithAddress(server.HTTP)).Summary(ctx); err != nil {
		t.Errorf("gRPC to the HTTP port: %v", err)
	}
	_, err := newClient(t, chatapi.WithAddress(server.GRPC), chatapi.WithConnect(http.DefaultClient)).Summary(ctx)
	wantFailure(t, err, codes.Unavailable, server.GRPC)
}

func TestPlaintextWhereHTTPSIsGiven(t *testing.T) {
	t.Parallel()
	server := servertest.New(t)
	ctx := context.Background()
	_, err := newClient(t, chatapi.WithAddress("https://"+server.HTTP)).Summary(ctx)
	wantFailure(t, err, codes.Unavailable, server.HTTP+" speaks plaintext")
	_, err = newClient(t, chatapi.WithAddress("https://"+server.GRPC)).Summary(ctx)
	wantFailure(t, err, codes.Unavailable, server.GRPC, "if it speaks plaintext")
	_, err = newClient(t, chatapi.WithAddress("https://"+server.HTTP), chatapi.WithConnect(http.DefaultClient)).Summary(ctx)
	wantFailure(t, err, codes.Unavailable, server.HTTP+" speaks plaintext")
}

func TestHTTPSWherePlaintextIsGiven(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it says that it was not spoken TLS to
	server.StartTLS()
	t.Cleanup(server.Close)
	address := strings.TrimPrefix(server.URL, "https://")
	_, err := newClient(t, chatapi.WithAddress(address)).Summary(context.Background())
	wantFailure(t, err, codes.Unavailable, "wants TLS")
}

func TestPageTokenFromAnotherServer(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	one, other := servertest.New(t), servertest.New(t)
	stubs := map[string]chatapiv1.ChatApiClient{
		"grpc":    newClient(t, chatapi.WithAddress(other.GRPC)).Stub(),
		"connect": newClient(t, chatapi.WithAddress(other.HTTP), chatapi.WithConnect(http.DefaultClient)).Stub(),
	}
	client := newClient(t, chatapi.WithAddress(one.GRPC))
	for _, group := range []string{"1", "2", "3"} {
		if _, err := client.OpenGroup(ctx, "qq", group); err != nil {
			t.Fatal(err)
		}
	}
	page, err := client.Stub().GetAllStreams(ctx, &chatapiv1.GetAllStreamsRequest{PageSize: 1})
	if err != nil || page.GetNextPageToken() == "" {
		t.Fatal(page, err)
	}
	for transport, stub := range stubs {
		t.Run(transport, func(t *testing.T) {
			// A token is a place in the list, so another directory has at most what stands behind it.
			rest, err := stub.GetAllStreams(ctx, &chatapiv1.GetAllStreamsRequest{PageSize: 1, PageToken: page.GetNextPageToken()})
			if err != nil || len(rest.GetStreams()) != 0 || rest.GetNextPageToken() != "" {
				t.Errorf("%v, %v", rest, err)
			}
			_, err = stub.GetGroupStreams(ctx, &chatapiv1.GetGroupStreamsRequest{PageSize: 1, PageToken: page.GetNextPageToken()})
			failure := wantFailure(t, err, codes.InvalidArgument, "GetGroupStreams", "page_token")
			if failure.Reason != chatapiv1.ErrorReason_ERROR_REASON_PAGE_TOKEN_MISMATCH || failure.Fields[0].Field != "page_token" {
				t.Errorf("%+v", failure)
			}
			_, err = stub.GetAllStreams(ctx, &chatapiv1.GetAllStreamsRequest{PageToken: "of-something-else"})
			failure = wantFailure(t, err, codes.InvalidArgument)
			if failure.Reason != chatapiv1.ErrorReason_ERROR_REASON_PAGE_TOKEN_INVALID {
				t.Errorf("%+v", failure)
			}
		})
	}
}
