// Command balanced calls the servers at several addresses by grpc-go's own balancer, with nothing but its defaults: one call
// in ten writes. It goes on until its input ends and it has made enough calls, and prints what became of them as JSON.
//
// For each line of its input it prints, once each of the servers has answered since, "all answer".
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

const (
	callers     = 4
	callTimeout = 10 * time.Second
	// Failures that are shown.
	maxShown = 5
)

type outcome struct {
	Calls    int64    `json:"calls"`
	Failed   int64    `json:"failed"`
	Failures []string `json:"failures"`
}

// watch tells when all servers have answered.
type watch struct {
	mu      sync.Mutex
	servers int
	seen    map[string]bool
}

func (w *watch) start() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = map[string]bool{}
}

func (w *watch) answered(address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen == nil {
		return
	}
	w.seen[address] = true
	if len(w.seen) == w.servers {
		w.seen = nil
		fmt.Println("all answer")
	}
}

func main() {
	calls := flag.Int64("calls", 10_000, "how many calls to make at the least")
	flag.Parse()
	addresses := flag.Args()

	servers := manual.NewBuilderWithScheme("servers")
	state := resolver.State{}
	for _, address := range addresses {
		state.Endpoints = append(state.Endpoints, resolver.Endpoint{Addresses: []resolver.Address{{Addr: address}}})
	}
	servers.InitialState(state)
	// The part behind the slashes is what the servers are called.
	connection, err := grpc.NewClient("servers:///localhost",
		grpc.WithResolvers(servers),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig": [{"round_robin": {}}]}`))
	if err != nil {
		log.Fatal(err)
	}
	client := chatapiv1.NewChatApiClient(connection)

	seen := &watch{servers: len(addresses)}
	var isEnding atomic.Bool
	go func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			seen.start()
		}
		isEnding.Store(true)
	}()

	result := outcome{Failures: []string{}}
	var made atomic.Int64
	var mu sync.Mutex
	var all sync.WaitGroup
	for range callers {
		all.Add(1)
		go func() {
			defer all.Done()
			for {
				number := made.Add(1)
				if isEnding.Load() && number > *calls {
					return
				}
				address, err := call(client, number)
				mu.Lock()
				result.Calls++
				if err != nil {
					result.Failed++
					if len(result.Failures) < maxShown {
						result.Failures = append(result.Failures, err.Error())
					}
				}
				mu.Unlock()
				if err == nil {
					seen.answered(address)
				}
			}
		}()
	}
	all.Wait()
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		log.Fatal(err)
	}
}

func call(client chatapiv1.ChatApiClient, number int64) (address string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	var from peer.Peer
	if number%10 == 0 {
		group := "go-" + strconv.FormatInt(number/10, 10)
		_, err = client.OpenStream(ctx, &chatapiv1.OpenStreamRequest{Platform: "qq", GroupId: &group}, grpc.Peer(&from))
	} else {
		_, err = client.GetStreamsSummary(ctx, &chatapiv1.GetStreamsSummaryRequest{}, grpc.Peer(&from))
	}
	if err != nil {
		return "", fmt.Errorf("call %d: %w", number, err)
	}
	return from.Addr.String(), nil
}
