// Command bench measures lookups by group id over one connection and prints one JSON object.
//
//	bench -address 127.0.0.1:50051 -first 100000 -groups 10000 -in-flight 64 -duration 5s
//
// Groups are asked for by number, from -first on.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	chatapi "github.com/chatapi/chatapi/clients/go"
)

type result struct {
	Client         string  `json:"client"`
	InFlight       int     `json:"inFlight"`
	Seconds        float64 `json:"seconds"`
	Calls          int     `json:"calls"`
	Found          int64   `json:"found"`
	CallsPerSecond float64 `json:"callsPerSecond"`
	P50Ms          float64 `json:"p50Ms"`
	P99Ms          float64 `json:"p99Ms"`
	// The load shares the machine with the server, so its own cost belongs beside the rate. 0 where the system does not tell.
	CPUSecondsPer1000Calls float64 `json:"cpuSecondsPer1000Calls"`
}

func main() {
	log.SetFlags(0)
	address := flag.String("address", "", "the server; default: CHATAPI_ADDRESS")
	inFlight := flag.Int("in-flight", 64, "calls at a time")
	duration := flag.Duration("duration", 5*time.Second, "how long to measure")
	warmUp := flag.Duration("warm-up", time.Second, "how long to call before")
	first := flag.Int("first", 0, "the first group id")
	groups := flag.Int("groups", 1, "how many group ids, in numeric order")
	flag.Parse()
	if *inFlight < 1 || *groups < 1 {
		log.Fatal("-in-flight and -groups are at least 1")
	}

	ctx := context.Background()
	opts := []chatapi.Option{chatapi.WithWaitForServer()}
	if *address != "" {
		opts = append(opts, chatapi.WithAddress(*address))
	}
	client, err := chatapi.New(ctx, opts...)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	load := load{client: client, inFlight: *inFlight, first: *first, groups: *groups}
	load.run(ctx, *warmUp)
	if err := json.NewEncoder(os.Stdout).Encode(load.run(ctx, *duration)); err != nil {
		log.Fatal(err)
	}
}

type load struct {
	client                  *chatapi.Client
	inFlight, first, groups int
}

func (l load) run(ctx context.Context, duration time.Duration) result {
	var next, found atomic.Int64
	latencies := make([][]time.Duration, l.inFlight)
	var workers sync.WaitGroup
	cpuBefore, began := cpuTime(), time.Now()
	for worker := range l.inFlight {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for time.Since(began) < duration {
				id := strconv.Itoa(l.first + int(next.Add(1)%int64(l.groups)))
				called := time.Now()
				match, err := l.client.GroupStream(ctx, id)
				if err != nil {
					log.Fatal(err)
				}
				if match.Stream != nil {
					found.Add(1)
				}
				latencies[worker] = append(latencies[worker], time.Since(called))
			}
		}()
	}
	workers.Wait()
	took, cpu := time.Since(began).Seconds(), (cpuTime() - cpuBefore).Seconds()
	all := slices.Concat(latencies...)
	slices.Sort(all)
	return result{
		Client: "go", InFlight: l.inFlight, Seconds: took, Calls: len(all), Found: found.Load(),
		CallsPerSecond: float64(len(all)) / took, P50Ms: quantile(all, 0.5), P99Ms: quantile(all, 0.99),
		CPUSecondsPer1000Calls: cpu / float64(len(all)) * 1000,
	}
}

func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[int(q*float64(len(sorted)-1))].Microseconds()) / 1000
}
