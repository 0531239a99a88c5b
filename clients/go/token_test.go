package chatapi_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	chatapi "github.com/chatapi/chatapi/clients/go"
)

// doorkeeper notes the tokens that it is shown, and lets in those that are good.
type doorkeeper struct {
	mu    sync.Mutex
	shown []string
	good  []string
}

func (d *doorkeeper) letIn(authorization string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	token := strings.TrimPrefix(authorization, "Bearer ")
	d.shown = append(d.shown, token)
	return slices.Contains(d.good, token)
}

func (d *doorkeeper) wantShown(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.shown, want) {
		t.Fatalf("shown: %q, want %q", d.shown, want)
	}
}

// doors are the ways to a server that a doorkeeper guards.
var doors = map[string]func(*testing.T, *doorkeeper) []chatapi.Option{
	"gRPC": func(t *testing.T, d *doorkeeper) []chatapi.Option {
		server := newFake(t, func(ctx context.Context, method string, n int, request any) (any, error) {
			md, _ := metadata.FromIncomingContext(ctx)
			if !d.letIn(strings.Join(md.Get("authorization"), ",")) {
				return nil, status.Error(codes.Unauthenticated, "who is it?")
			}
			return emptyAnswers(ctx, method, n, request)
		})
		return []chatapi.Option{chatapi.WithAddress(server.address)}
	},
	"Connect": func(t *testing.T, d *doorkeeper) []chatapi.Option {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !d.letIn(strings.Join(r.Header.Values("Authorization"), ",")) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = w.Write([]byte(`{"code": "unauthenticated", "message": "who is it?"}`))
				return
			}
			w.Header().Set("Content-Type", "application/proto")
		}))
		t.Cleanup(server.Close)
		return []chatapi.Option{chatapi.WithAddress(server.URL), chatapi.WithConnect(server.Client())}
	},
}

func atEachDoor(t *testing.T, test func(t *testing.T, connect func(good []string, opts ...chatapi.Option) (*chatapi.Client, *doorkeeper))) {
	for name, door := range doors {
		t.Run(name, func(t *testing.T) {
			test(t, func(good []string, opts ...chatapi.Option) (*chatapi.Client, *doorkeeper) {
				d := &doorkeeper{good: good}
				return newClient(t, append(door(t, d), opts...)...), d
			})
		})
	}
}

// giving gives one token after the other.
func giving(tokens ...string) chatapi.Option {
	return chatapi.WithTokenSource(func(context.Context) (string, error) {
		token := tokens[0]
		tokens = tokens[1:]
		return token, nil
	})
}

func TestAsksTheSourceBeforeEachCall(t *testing.T) {
	atEachDoor(t, func(t *testing.T, connect func([]string, ...chatapi.Option) (*chatapi.Client, *doorkeeper)) {
		client, door := connect([]string{"one", "two", ""}, giving("one", "two", ""))
		for range 3 {
			if _, err := client.Summary(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		door.wantShown(t, "one", "two", "")
	})
}

func TestAsksTheSourceAfreshOnceWhenRefused(t *testing.T) {
	atEachDoor(t, func(t *testing.T, connect func([]string, ...chatapi.Option) (*chatapi.Client, *doorkeeper)) {
		client, door := connect([]string{"new"}, giving("old", "new"))
		if _, err := client.Summary(context.Background()); err != nil {
			t.Fatal(err)
		}
		door.wantShown(t, "old", "new")

		client, door = connect([]string{"new"}, giving("old", "new"))
		if _, err := client.OpenGroup(context.Background(), "qq", "1"); err != nil {
			t.Fatal(err)
		}
		door.wantShown(t, "old", "new")

		client, door = connect(nil, giving("1", "2", "3"))
		_, err := client.Summary(context.Background())
		wantFailure(t, err, codes.Unauthenticated, "who is it?")
		door.wantShown(t, "1", "2")
	})
}

func TestDoesNotSendARefusedTokenAgain(t *testing.T) {
	atEachDoor(t, func(t *testing.T, connect func([]string, ...chatapi.Option) (*chatapi.Client, *doorkeeper)) {
		for _, token := range []chatapi.Option{chatapi.WithToken("same"), giving("same", "same")} {
			client, door := connect(nil, token)
			_, err := client.Summary(context.Background())
			wantFailure(t, err, codes.Unauthenticated, "who is it?")
			door.wantShown(t, "same")
		}
	})
}

func TestTellsThatTheSourceGaveNoToken(t *testing.T) {
	broken := errors.New("out of tokens")
	for _, test := range []struct {
		name  string
		token string
		err   error
		code  codes.Code
		words string
	}{
		{"an error", "", broken, codes.Unauthenticated, "out of tokens"},
		{"no time left", "", context.DeadlineExceeded, codes.DeadlineExceeded, "no token"},
		{"what cannot be sent", "se cret", nil, codes.Unauthenticated, "byte 3 of 7"},
	} {
		atEachDoor(t, func(t *testing.T, connect func([]string, ...chatapi.Option) (*chatapi.Client, *doorkeeper)) {
			t.Run(test.name, func(t *testing.T) {
				source := chatapi.WithTokenSource(func(context.Context) (string, error) { return test.token, test.err })
				client, door := connect(nil, source)
				_, err := client.Summary(context.Background())
				wantFailure(t, err, test.code, "WithTokenSource", test.words)
				if test.err != nil && !errors.Is(err, test.err) {
					t.Errorf("%v does not lead to %v", err, test.err)
				}
				if strings.Contains(err.Error(), "cret") {
					t.Errorf("%q shows the token", err)
				}
				door.wantShown(t)
			})
		})
	}
}

func TestGivesTheSourceNoLongerThanTheCall(t *testing.T) {
	wait := chatapi.WithTokenSource(func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	})
	_, err := newClient(t, wait, chatapi.WithTimeout(10*time.Millisecond)).Summary(context.Background())
	wantFailure(t, err, codes.DeadlineExceeded, "WithTokenSource")
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestReadsATokenFileAgainWhenItChanges(t *testing.T) {
	atEachDoor(t, func(t *testing.T, connect func([]string, ...chatapi.Option) (*chatapi.Client, *doorkeeper)) {
		path := filepath.Join(t.TempDir(), "token")
		write(t, path, "one\n")
		client, door := connect([]string{"one", "two"}, chatapi.WithTokenFile(path))
		ask := func() {
			t.Helper()
			if _, err := client.Summary(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		ask()
		for _, broken := range []string{"", "\n", "sec ret", "schlüssel"} {
			write(t, path, broken)
			ask()
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		ask()
		write(t, path, "two")
		ask()
		door.wantShown(t, "one", "one", "one", "one", "one", "one", "two")
	})
}

func TestReadsATokenFileAfreshWhenRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	write(t, path, "one")
	atEachDoor(t, func(t *testing.T, connect func([]string, ...chatapi.Option) (*chatapi.Client, *doorkeeper)) {
		write(t, path, "one")
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		client, door := connect([]string{"two"}, chatapi.WithTokenFile(path))
		write(t, path, "two") // by all that the file system tells the same file
		if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Summary(context.Background()); err != nil {
			t.Fatal(err)
		}
		door.wantShown(t, "one", "two")
	})
}

func TestReadsTheTokenFileOfTheEnvironment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	write(t, path, "from-file\n")
	t.Setenv("CHATAPI_TOKEN_FILE", path)
	atEachDoor(t, func(t *testing.T, connect func([]string, ...chatapi.Option) (*chatapi.Client, *doorkeeper)) {
		for _, test := range []struct {
			opts []chatapi.Option
			want string
		}{
			{nil, "from-file"},
			{[]chatapi.Option{chatapi.WithToken("own")}, "own"},
			{[]chatapi.Option{chatapi.WithToken("")}, ""},
		} {
			client, door := connect([]string{test.want}, test.opts...)
			if _, err := client.Summary(context.Background()); err != nil {
				t.Fatal(err)
			}
			door.wantShown(t, test.want)
		}
	})
}

func TestRefusesTokensThatItCannotUse(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "empty"), "\n")
	write(t, filepath.Join(folder, "space"), "se cret")
	write(t, filepath.Join(folder, "good"), "secret")
	file := func(name string) chatapi.Option { return chatapi.WithTokenFile(filepath.Join(folder, name)) }
	far := chatapi.WithAddress("chat.example.org")
	for _, test := range []struct {
		name string
		opts []chatapi.Option
		want string
	}{
		{"a file that is missing", []chatapi.Option{file("none")}, "no such file"},
		{"an empty file", []chatapi.Option{file("empty")}, "is empty"},
		{"a file with a space", []chatapi.Option{file("space")}, "byte 3 of 7"},
		{"two at once", []chatapi.Option{file("good"), chatapi.WithToken("secret")}, "expected one of"},
		{"a file in plaintext to another machine", []chatapi.Option{file("good"), far}, "in plaintext"},
		{"a source in plaintext to another machine", []chatapi.Option{giving("secret"), far}, "in plaintext"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := chatapi.New(context.Background(), test.opts...)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "cret") {
				t.Fatalf("%v, want %q", err, test.want)
			}
		})
	}
	t.Setenv("CHATAPI_TOKEN", "secret")
	t.Setenv("CHATAPI_TOKEN_FILE", filepath.Join(folder, "good"))
	if _, err := chatapi.New(context.Background()); err == nil || !strings.Contains(err.Error(), "and not both") {
		t.Fatalf("%v, want that both are set", err)
	}
}
