package chatapi_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	chatapi "github.com/chatapi/chatapi/clients/go"
)

// known makes every name lead to all of the servers.
func known(servers ...*fake) chatapi.Option {
	names := manual.NewBuilderWithScheme("dns")
	state := resolver.State{}
	for _, server := range servers {
		state.Addresses = append(state.Addresses, resolver.Address{Addr: server.address})
	}
	names.InitialState(state)
	return chatapi.WithDialOptions(grpc.WithResolvers(names))
}

func TestAsksAllServersBehindANameInTurn(t *testing.T) {
	servers := []*fake{newFake(t, emptyAnswers), newFake(t, emptyAnswers), newFake(t, emptyAnswers)}
	client := newClient(t, chatapi.WithAddress("chats.example.org"), known(servers...))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	askUntil := func(isEnough func() bool) {
		t.Helper()
		for !isEnough() {
			if _, err := client.GroupStream(ctx, "1"); err != nil {
				t.Fatal(err)
			}
		}
	}
	count := func(server int) int { return servers[server].count("GetStreamByGroupId") }
	askUntil(func() bool { return count(0) > 0 && count(1) > 0 && count(2) > 0 })

	servers[1].server.Stop()
	first, last := count(0), count(2)
	askUntil(func() bool { return count(0) > first && count(2) > last })
}
