//go:build linux

package main

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// callPlan is what a server is asked, for how long.
type callPlan struct {
	Address string  `json:"address"`
	Seconds float64 `json:"seconds"`
	// All of them at once.
	Traffic []traffic `json:"traffic"`
}

// traffic is calls of one method until the time is over: each connection keeps inFlight of them waiting for answers, or all
// connections together make so many a second, however many wait.
type traffic struct {
	Protocol string `json:"protocol"` // "grpc", over HTTP/2, or "http1"
	Path     string `json:"path"`
	// The content type of requests.
	ContentType string `json:"contentType"`
	// Bodies to take turns with.
	Requests    [][]byte `json:"requests"`
	Connections int      `json:"connections"`
	// Calls that wait at a time on one connection. Over HTTP/1.1 always 1.
	InFlight int `json:"inFlight"`
	// Of gRPC; 0 for as many as inFlight allows.
	PerSecond float64 `json:"perSecond"`
}

type callResult struct {
	Seconds float64 `json:"seconds"`
	// What the load itself took of its core, user and system.
	CPUSeconds float64         `json:"cpuSeconds"`
	Traffic    []trafficResult `json:"traffic"`
}

type trafficResult struct {
	// Those that were answered.
	Calls int `json:"calls"`
	// At a rate: those that the server refused, and those that were not made, for it allowed no more at a time.
	Refused  int `json:"refused"`
	Withheld int `json:"withheld"`
	// Of one answer, without its frame.
	AnswerBytes int     `json:"answerBytes"`
	P50Ms       float64 `json:"p50Ms"`
	P99Ms       float64 `json:"p99Ms"`
}

// client is one connection, or several that take turns.
type client interface {
	// callUntil keeps calls going until then, and waits for the last answers.
	callUntil(end time.Time) (samples, error)
	close()
}

// samples is what one client saw.
type samples struct {
	latencies   []time.Duration
	answerBytes int
	refused     int
	withheld    int
}

func makeCalls(plan callPlan) (callResult, error) {
	clients := make([][]client, len(plan.Traffic))
	for i, traffic := range plan.Traffic {
		connected, err := connect(plan.Address, traffic)
		for _, client := range connected {
			defer client.close()
		}
		if err != nil {
			return callResult{}, err
		}
		clients[i] = connected
	}

	var running sync.WaitGroup
	seen := make([][]samples, len(clients))
	failures := make([]error, len(clients))
	cpuBefore, began := cpuTime(), time.Now()
	end := began.Add(time.Duration(plan.Seconds * float64(time.Second)))
	var failed sync.Mutex
	for i, ofTraffic := range clients {
		seen[i] = make([]samples, len(ofTraffic))
		for k, client := range ofTraffic {
			running.Add(1)
			go func() {
				defer running.Done()
				result, err := client.callUntil(end)
				seen[i][k] = result
				if err != nil {
					failed.Lock()
					failures[i] = fmt.Errorf("%s: %w", plan.Traffic[i].Path, err)
					failed.Unlock()
				}
			}()
		}
	}
	running.Wait()
	result := callResult{Seconds: time.Since(began).Seconds(), CPUSeconds: (cpuTime() - cpuBefore).Seconds()}
	for _, ofTraffic := range seen {
		result.Traffic = append(result.Traffic, summarise(ofTraffic))
	}
	return result, errors.Join(failures...)
}

// connect opens all connections. Those that were opened before one failed are returned with the error.
func connect(address string, traffic traffic) ([]client, error) {
	switch traffic.Protocol {
	case "grpc":
		var all []client
		for number := range traffic.Connections {
			one, err := newGRPCClient(address, traffic, number)
			if err != nil {
				return all, err
			}
			all = append(all, one)
		}
		return all, nil
	case "http1":
		all, err := newHTTP1Client(address, traffic)
		if err != nil {
			return nil, err
		}
		return []client{all}, nil
	default:
		return nil, fmt.Errorf("unknown protocol %q, want grpc or http1", traffic.Protocol)
	}
}

func summarise(clients []samples) trafficResult {
	var all []time.Duration
	result := trafficResult{}
	for _, seen := range clients {
		all = append(all, seen.latencies...)
		result.Refused += seen.refused
		result.Withheld += seen.withheld
		result.AnswerBytes = max(result.AnswerBytes, seen.answerBytes)
	}
	slices.Sort(all)
	result.Calls, result.P50Ms, result.P99Ms = len(all), quantile(all, 0.5), quantile(all, 0.99)
	return result
}

func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[int(q*float64(len(sorted)-1))].Nanoseconds()) / 1e6
}
