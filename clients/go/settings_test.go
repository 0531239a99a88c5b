package chatapi_test

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	chatapi "github.com/chatapi/chatapi/clients/go"
)

func TestRefusesWrongSettings(t *testing.T) {
	for _, test := range []struct {
		name string
		opts []chatapi.Option
		want []string
	}{
		{"an empty address", []chatapi.Option{chatapi.WithAddress("")}, []string{"names no host"}},
		{"an unknown scheme", []chatapi.Option{chatapi.WithAddress("ftp://h:1")}, []string{"scheme ftp", "expected HOST:PORT"}},
		{"a port that is none", []chatapi.Option{chatapi.WithAddress("h:70000")}, []string{"port 70000"}},
		{"a port left out", []chatapi.Option{chatapi.WithAddress("h:")}, []string{"port is missing"}},
		{"a path", []chatapi.Option{chatapi.WithAddress("http://h:1/x")}, []string{"follows the port"}},
		{"a user", []chatapi.Option{chatapi.WithAddress("http://u:p@h:1")}, []string{"holds a user"}},
		{"a line break in the token", []chatapi.Option{chatapi.WithToken("secret\n")}, []string{"line break at byte 7 of 7"}},
		{"a space in the token", []chatapi.Option{chatapi.WithToken("se cret")}, []string{"byte 3 of 7", "visible ASCII"}},
		{"another script in the token", []chatapi.Option{chatapi.WithToken("秘密")}, []string{"byte 1 of 6"}},
		{
			"a token in plaintext to another machine",
			[]chatapi.Option{chatapi.WithAddress("chat.example.org"), chatapi.WithToken("secret")},
			[]string{"chat.example.org:50051 in plaintext", "https://"},
		},
		{
			"a token in plaintext to what only looks like this machine",
			[]chatapi.Option{chatapi.WithAddress("127.0.0.1.example.org:1"), chatapi.WithToken("secret")},
			[]string{"plaintext"},
		},
		{"TLS without https", []chatapi.Option{chatapi.WithTLSConfig(&tls.Config{})}, []string{"https://"}},
		{"a negative timeout", []chatapi.Option{chatapi.WithTimeout(-time.Second)}, []string{"negative"}},
		{
			"dial options for Connect",
			[]chatapi.Option{chatapi.WithConnect(http.DefaultClient), chatapi.WithDialOptions(grpc.WithUserAgent(""))},
			[]string{"WithDialOptions"},
		},
		{
			"several faults, all at once",
			[]chatapi.Option{chatapi.WithAddress("ftp://h"), chatapi.WithToken("secret\n")},
			[]string{"scheme ftp", "line break"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := chatapi.New(context.Background(), test.opts...)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q says nothing of %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%q shows the token", err)
			}
		})
	}
}

func TestTakesAddresses(t *testing.T) {
	for _, address := range []string{
		"127.0.0.1:50051", "127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:50051", "[::1]", "http://127.9.9.9:1/", "HTTPS://chat.example.org", "bot.localhost:1",
	} {
		t.Run(address, func(t *testing.T) {
			newClient(t, chatapi.WithAddress(address), chatapi.WithToken("t"))
		})
	}
	newClient(t, chatapi.WithAddress("chat.example.org"), chatapi.WithToken("t"), chatapi.WithAllowPlaintextToken())
}

func TestReadsTheEnvironment(t *testing.T) {
	server := newFake(t, emptyAnswers)
	t.Setenv("CHATAPI_ADDRESS", server.address)
	t.Setenv("CHATAPI_TOKEN", "from-env")
	if _, err := newClient(t).Summary(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := server.header("authorization"); got != "Bearer from-env" {
		t.Fatalf("the token is %q", got)
	}
	if _, err := newClient(t, chatapi.WithToken("")).Summary(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := server.header("authorization"); got != "" {
		t.Fatalf("the token is %q, want none", got)
	}
	t.Setenv("CHATAPI_TOKEN", "from-env\n")
	if _, err := chatapi.New(context.Background()); err == nil {
		t.Fatal("a token with a line break is taken")
	}
}

func TestTellsItsVersion(t *testing.T) {
	server := newFake(t, emptyAnswers)
	if _, err := server.client(t).Summary(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := server.header("user-agent"); !strings.HasPrefix(got, "chatapi-go/") {
		t.Fatalf("the user agent is %q", got)
	}
}

func TestSendsTokenAndVersionOverConnect(t *testing.T) {
	var header http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		w.Header().Set("Content-Type", "application/proto")
	}))
	defer server.Close()
	client := newClient(t, chatapi.WithAddress(server.URL), chatapi.WithToken("t"), chatapi.WithConnect(server.Client()))
	if _, err := client.Summary(context.Background()); err != nil {
		t.Fatal(err)
	}
	if header.Get("Authorization") != "Bearer t" || !strings.HasPrefix(header.Get("User-Agent"), "chatapi-go/") {
		t.Fatal(header)
	}
	if header.Get("Connect-Timeout-Ms") == "" {
		t.Fatal("the call has no deadline")
	}
}

func TestLooksForItsServerOnThisMachine(t *testing.T) {
	t.Setenv("CHATAPI_ADDRESS", "")
	soon, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
	defer cancel()
	<-soon.Done()
	_, err := newClient(t).Summary(soon)
	wantFailure(t, err, codes.DeadlineExceeded, "127.0.0.1:50051")
	_, err = newClient(t, chatapi.WithConnect(http.DefaultClient)).Summary(soon)
	wantFailure(t, err, codes.DeadlineExceeded, "127.0.0.1:8080")
}
