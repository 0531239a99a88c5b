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
		runCases(t, readCases(t, path), os.Getenv("CHATAPI_ADDRESS"), os.Getenv("CHATAPI_HTTP_ADDRESS"))
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
			file := readCases(t, path)
			server := given(t, file)
			if !file.Writes() {
				runCases(t, file, server.GRPC, server.HTTP)
				return
			}
			runCases(t, file, server.GRPC, "")
			runCases(t, file, "", given(t, file).HTTP)
		})
	}
}

func readCases(t *testing.T, path string) *cases.File {
	t.Helper()
	file, err := cases.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// given is a server on which is recorded what the file gives.
func given(t *testing.T, file *cases.File) *servertest.Server {
	t.Helper()
	server := servertest.New(t)
	if len(file.Given) > 0 {
		if _, err := newClient(t, chatapi.WithAddress(server.GRPC)).RecordActivity(context.Background(), file.Given...); err != nil {
			t.Fatal(err)
		}
	}
	return server
}

// runCases runs the cases over each transport that has an address.
func runCases(t *testing.T, file *cases.File, grpcAddress, httpAddress string) {
	if grpcAddress != "" {
		t.Run("grpc", func(t *testing.T) {
			file.Run(t, newClient(t, chatapi.WithAddress(grpcAddress)).Stub())
		})
	}
	if httpAddress != "" {
		t.Run("connect", func(t *testing.T) {
			file.Run(t, newClient(t, chatapi.WithAddress(httpAddress), chatapi.WithConnect(http.DefaultClient)).Stub())
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
