package chatapi_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	chatapi "github.com/chatapi/chatapi/clients/go"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

func unavailableUntil(call int) answerFunc {
	return func(ctx context.Context, method string, n int, request any) (any, error) {
		if n < call {
			return nil, status.Error(codes.Unavailable, "loading")
		}
		return emptyAnswers(ctx, method, n, request)
	}
}

func TestRetriesReads(t *testing.T) {
	t.Parallel()
	server := newFake(t, unavailableUntil(3))
	if _, err := server.client(t).GroupStream(context.Background(), "1"); err != nil {
		t.Fatal(err)
	}
	if n := server.count("GetStreamByGroupId"); n != 3 {
		t.Fatalf("%d calls, want 3", n)
	}
}

func TestDoesNotRetryWrites(t *testing.T) {
	t.Parallel()
	server := newFake(t, unavailableUntil(2))
	client := server.client(t)
	_, opened := client.OpenGroup(context.Background(), "qq", "1")
	_, recorded := client.RecordActivity(context.Background(), &chatapiv1.Activity{Platform: "qq"})
	for method, err := range map[string]error{"OpenStream": opened, "RecordActivity": recorded} {
		if status.Code(err) != codes.Unavailable {
			t.Errorf("%s: %v, want Unavailable", method, err)
		}
		if n := server.count(method); n != 1 {
			t.Errorf("%s: %d calls, want 1", method, n)
		}
	}
}

func TestDoesNotRetryRefusals(t *testing.T) {
	server := newFake(t, func(context.Context, string, int, any) (any, error) {
		return nil, status.Error(codes.InvalidArgument, "no")
	})
	_, _ = server.client(t).GroupStream(context.Background(), "")
	if n := server.count("GetStreamByGroupId"); n != 1 {
		t.Fatalf("%d calls, want 1", n)
	}
}

func TestReadsOutlastARestart(t *testing.T) {
	t.Parallel()
	server := newFake(t, emptyAnswers)
	client := server.client(t)
	ctx := context.Background()
	if _, err := client.GroupStream(ctx, "1"); err != nil {
		t.Fatal(err)
	}
	server.server.Stop()
	const inFlight = 100
	results := make(chan error, inFlight)
	for range inFlight {
		go func() {
			_, err := client.GroupStream(ctx, "1")
			results <- err
		}()
	}
	time.Sleep(500 * time.Millisecond) // long enough for refused connections
	server.listen(t, server.address)
	for range inFlight {
		if err := <-results; err != nil {
			t.Fatal(err)
		}
	}
}

func TestGivesCallsADeadline(t *testing.T) {
	remaining := make(chan time.Duration, 1)
	server := newFake(t, func(ctx context.Context, method string, n int, request any) (any, error) {
		deadline, has := ctx.Deadline()
		if !has {
			deadline = time.Now().Add(-time.Hour)
		}
		remaining <- time.Until(deadline)
		return emptyAnswers(ctx, method, n, request)
	})
	soon, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	for _, test := range []struct {
		name    string
		ctx     context.Context
		opts    []chatapi.Option
		atMost  time.Duration
		atLeast time.Duration
	}{
		{"of ten seconds", context.Background(), nil, 10 * time.Second, 8 * time.Second},
		{"of the option", context.Background(), []chatapi.Option{chatapi.WithTimeout(time.Minute)}, 60 * time.Second, 58 * time.Second},
		{"of the context", soon, nil, 3 * time.Second, time.Second},
		{"or none", context.Background(), []chatapi.Option{chatapi.WithTimeout(0)}, -time.Hour, -2 * time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := server.client(t, test.opts...).GroupStream(test.ctx, "1"); err != nil {
				t.Fatal(err)
			}
			if left := <-remaining; left > test.atMost || left < test.atLeast {
				t.Fatalf("%s left, want %s to %s", left, test.atLeast, test.atMost)
			}
		})
	}
}

func TestEndsCallsThatTakeTooLong(t *testing.T) {
	server := newFake(t, func(ctx context.Context, _ string, _ int, _ any) (any, error) {
		<-ctx.Done()
		return nil, status.FromContextError(ctx.Err()).Err()
	})
	client := server.client(t, chatapi.WithTimeout(50*time.Millisecond))
	_, err := client.GroupStream(context.Background(), "1")
	if !errors.Is(err, context.DeadlineExceeded) || status.Code(err) != codes.DeadlineExceeded {
		t.Fatalf("%v, want that the deadline passed", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := client.GroupStream(ctx, "1"); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want that it was cancelled", err)
	}
}
