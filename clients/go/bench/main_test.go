package main

import (
	"context"
	"testing"
	"time"

	chatapi "github.com/chatapi/chatapi/clients/go"
	"github.com/chatapi/chatapi/clients/go/internal/servertest"
)

func TestCountsTheLookupsOfARun(t *testing.T) {
	server := servertest.New(t)
	ctx := context.Background()
	client, err := chatapi.New(ctx, chatapi.WithAddress(server.GRPC))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.OpenGroup(ctx, "qq", "7"); err != nil {
		t.Fatal(err)
	}
	r := load{client: client, inFlight: 4, first: 7, groups: 2}.run(ctx, 200*time.Millisecond)
	if r.Calls < 4 || r.CallsPerSecond <= 0 || r.P99Ms < r.P50Ms || r.Seconds < 0.2 {
		t.Errorf("%+v", r)
	}
	if half := int64(r.Calls / 2); r.Found < half || r.Found > half+1 {
		t.Errorf("%d of %d found, want half of them", r.Found, r.Calls)
	}
}
