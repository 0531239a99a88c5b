package chatapi_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	chatapi "github.com/chatapi/chatapi/clients/go"
	"github.com/chatapi/chatapi/clients/go/internal/cases"
	"github.com/chatapi/chatapi/clients/go/internal/servertest"
)

// Runs the cases of test/cases, each file on a server of its own. With CHATAPI_CASES, one file, it runs against the servers
// at CHATAPI_ADDRESS and CHATAPI_HTTP_ADDRESS, where what is given is recorded already.
func TestCases(t *testing.T) {
	if path := os.Getenv("CHATAPI_CASES"); path != "" {
		runFile(t, path, os.Getenv("CHATAPI_ADDRESS"), os.Getenv("CHATAPI_HTTP_ADDRESS"), false)
		return
	}
	servertest.Need(t)
	root, err := servertest.Root()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(root, "test/cases/*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			runFile(t, path, servertest.New(t).GRPC, servertest.New(t).HTTP, true)
		})
	}
}

func runFile(t *testing.T, path, grpcAddress, httpAddress string, record bool) {
	file, err := cases.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, opts ...chatapi.Option) {
		client := newClient(t, opts...)
		if record && len(file.Given) > 0 {
			if _, err := client.RecordActivity(context.Background(), file.Given...); err != nil {
				t.Fatal(err)
			}
		}
		file.Run(t, client.Stub())
	}
	if grpcAddress != "" {
		t.Run("grpc", func(t *testing.T) { run(t, chatapi.WithAddress(grpcAddress)) })
	}
	if httpAddress != "" {
		t.Run("connect", func(t *testing.T) {
			run(t, chatapi.WithAddress(httpAddress), chatapi.WithConnect(http.DefaultClient))
		})
	}
}

func newClient(t testing.TB, opts ...chatapi.Option) *chatapi.Client {
	t.Helper()
	client, err := chatapi.New(context.Background(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}
