//go:build linux

package main

import (
	"encoding/binary"
	"time"
)

const (
	frameHeadBytes = 5
	// Larger than any answer, so that no call waits for its window.
	answerWindow = 1 << 24
)

// frameMessage puts the length of a message before it, as gRPC does.
func frameMessage(message []byte) []byte {
	framed := make([]byte, frameHeadBytes, frameHeadBytes+len(message))
	binary.BigEndian.PutUint32(framed[1:], uint32(len(message)))
	return append(framed, message...)
}

// grpcClient keeps calls in flight on one connection.
type grpcClient struct {
	*http2Conn
	bodies   [][]byte
	inFlight int
	next     int
	pending  map[uint32]pendingCall
}

type pendingCall struct {
	began time.Time
	bytes int
}

func newGRPCClient(address string, traffic traffic, number int) (client, error) {
	conn, err := dialHTTP2(address, traffic.Path, traffic.ContentType, answerWindow)
	if err != nil {
		return nil, err
	}
	client := &grpcClient{http2Conn: conn, inFlight: traffic.InFlight, next: number, pending: map[uint32]pendingCall{}}
	for _, request := range traffic.Requests {
		client.bodies = append(client.bodies, frameMessage(request))
	}
	if traffic.PerSecond > 0 {
		// Before they have come, calls would be made that the server does not allow.
		if err := conn.readSettings(); err != nil {
			conn.close()
			return nil, err
		}
		return &openLoopClient{client, traffic.PerSecond / float64(traffic.Connections)}, nil
	}
	return client, nil
}

func (c *grpcClient) callUntil(end time.Time) (samples, error) {
	var seen samples
	if err := c.fill(time.Now()); err != nil {
		return seen, err
	}
	for len(c.pending) > 0 {
		event, err := c.http2Conn.next()
		if err != nil {
			return seen, err
		}
		if !c.take(event, &seen) {
			continue
		}
		if now := time.Now(); now.Before(end) {
			if err := c.fill(now); err != nil {
				return seen, err
			}
		}
	}
	return seen, nil
}

// fill makes calls until as many are in flight as shall be, or as the server allows.
func (c *grpcClient) fill(now time.Time) error {
	for len(c.pending) < c.inFlight && uint32(len(c.pending)) < c.maxStreams {
		if err := c.call(now); err != nil {
			return err
		}
	}
	return nil
}

// take notes what an event brought; true where it ended a call.
func (c *grpcClient) take(event streamEvent, seen *samples) bool {
	call := c.pending[event.stream]
	call.bytes += event.bytes
	if !event.ended {
		c.pending[event.stream] = call
		return false
	}
	delete(c.pending, event.stream)
	seen.latencies = append(seen.latencies, time.Since(call.began))
	seen.answerBytes = call.bytes - frameHeadBytes
	return true
}

func (c *grpcClient) call(now time.Time) error {
	stream, err := c.request(c.bodies[c.next%len(c.bodies)])
	c.next++
	c.pending[stream] = pendingCall{began: now}
	return err
}
