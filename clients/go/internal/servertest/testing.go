package servertest

import (
	"net"
	"os"
	"testing"
)

// Need skips the test, loudly, on a machine that cannot start a server. Under CI=true it fails.
func Need(t testing.TB) {
	t.Helper()
	missing := Missing()
	switch {
	case missing == "":
	case os.Getenv("CI") == "true":
		t.Fatal(missing)
	default:
		t.Skip("SKIPPED, no server: " + missing)
	}
}

// New starts a server over an empty store, for the time of the test.
func New(t testing.TB) *Server {
	t.Helper()
	Need(t)
	return Must(t)(Start(NewStore(t.TempDir())))
}

// Must fails the test if the server did not start, and ends the server with the test.
func Must(t testing.TB) func(*Server, error) *Server {
	return func(s *Server, err error) *Server {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Kill)
		return s
	}
}

// FreeAddress is one at which nobody listens.
func FreeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
