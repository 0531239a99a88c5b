//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthgrpc "google.golang.org/grpc/health/grpc_health_v1"
)

func TestCountsGRPCCalls(t *testing.T) {
	plan := callPlan{Address: serveHealth(t), Seconds: 0.1, Traffic: []traffic{
		{Protocol: "grpc", Path: "/grpc.health.v1.Health/Check", ContentType: "application/grpc", Requests: [][]byte{{}}, Connections: 2, InFlight: 8},
	}}
	result := calls(t, plan)
	got := result.Traffic[0]
	if got.Calls < 16 || got.AnswerBytes != 2 || got.P50Ms <= 0 || got.P99Ms < got.P50Ms || result.Seconds < 0.1 {
		t.Errorf("%+v", result)
	}
}

func TestCountsCallsOverHTTP1OfEachTraffic(t *testing.T) {
	var served [2]atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		served[len(body)].Add(1)
		_, _ = w.Write(make([]byte, 10+len(body)))
	}))
	defer server.Close()
	of := func(body []byte, connections int) traffic {
		return traffic{Protocol: "http1", Path: "/", ContentType: "a/b", Requests: [][]byte{body}, Connections: connections}
	}
	plan := callPlan{Address: server.Listener.Addr().String(), Seconds: 0.1, Traffic: []traffic{of(nil, 2), of([]byte("x"), 1)}}
	for i, got := range calls(t, plan).Traffic {
		if got.Calls < 1 || int64(got.Calls) != served[i].Load() || got.AnswerBytes != 10+i {
			t.Errorf("traffic %d: %+v, served %d", i, got, served[i].Load())
		}
	}
}

func TestFailsWithTheErrorOfACall(t *testing.T) {
	plan := callPlan{Address: serveHealth(t), Traffic: []traffic{
		{Protocol: "grpc", Path: "/no.Service/Method", ContentType: "application/grpc", Requests: [][]byte{{}}, Connections: 1, InFlight: 1},
	}}
	_, err := makeCalls(plan)
	if err == nil || !strings.Contains(err.Error(), "grpc-status 12") {
		t.Errorf("got %v, want grpc-status 12", err)
	}
}

func TestMakesCallsAtARate(t *testing.T) {
	plan := callPlan{Address: serveHealth(t, grpc.MaxConcurrentStreams(8)), Seconds: 0.5, Traffic: []traffic{
		{Protocol: "grpc", Path: "/grpc.health.v1.Health/Check", ContentType: "application/grpc", Requests: [][]byte{{}}, Connections: 2, PerSecond: 400},
	}}
	got := calls(t, plan).Traffic[0]
	if made := got.Calls + got.Refused + got.Withheld; made < 196 || made > 202 || got.Calls == 0 {
		t.Errorf("%+v, want about 200 calls", got)
	}
}

func TestMakesNoCallThatTheServerDoesNotAllow(t *testing.T) {
	plan := callPlan{Address: serveHealth(t, grpc.MaxConcurrentStreams(1)), Seconds: 0.2, Traffic: []traffic{
		{Protocol: "grpc", Path: "/grpc.health.v1.Health/Check", ContentType: "application/grpc", Requests: [][]byte{{}}, Connections: 1, PerSecond: 1e6},
	}}
	got := calls(t, plan).Traffic[0]
	if got.Withheld == 0 || got.Calls == 0 || got.Refused != 0 {
		t.Errorf("%+v, want calls that are made and calls that are withheld", got)
	}
}

func TestHoldsNoMoreCallsThanTheServerAllows(t *testing.T) {
	address := serveHealth(t, grpc.MaxConcurrentStreams(3))
	held, err := hold(holdPlan{Address: address, Path: "/grpc.health.v1.Health/Watch", Connections: 2, Calls: 5, Reads: true})
	if err != nil {
		t.Fatal(err)
	}
	defer held.close()
	if want := (holdResult{Opened: 6, MaxStreams: 3}); held.result != want {
		t.Errorf("got %+v, want %+v", held.result, want)
	}
}

func serveHealth(t *testing.T, options ...grpc.ServerOption) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(options...)
	healthgrpc.RegisterHealthServer(server, health.NewServer())
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

// calls runs a plan as the benchmark does.
func calls(t *testing.T, plan callPlan) callResult {
	encoded, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run("calls", bytes.NewReader(encoded), &out); err != nil {
		t.Fatal(err)
	}
	var result callResult
	if err := json.Unmarshal(out.Bytes(), &result); err != nil {
		t.Fatal(err)
	}
	return result
}
