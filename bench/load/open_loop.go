//go:build linux

package main

import (
	"errors"
	"os"
	"time"
)

const (
	// Calls that are due within it are made together.
	tick = time.Millisecond
	// How long to wait for answers once no more calls are made.
	patience = 10 * time.Second
)

// openLoopClient makes calls on one connection at a rate, however long answers take, as many clients do that know nothing of
// each other. A call that is due while the server allows no more is not made.
type openLoopClient struct {
	*grpcClient
	perSecond float64
}

func (c *openLoopClient) callUntil(end time.Time) (samples, error) {
	var seen samples
	began := time.Now()
	for due := 0; ; {
		now := time.Now()
		isOver := !now.Before(end)
		until := now
		if isOver {
			until = end
		}
		for ; float64(due) < until.Sub(began).Seconds()*c.perSecond; due++ {
			if !c.hasRoom() {
				seen.withheld++
			} else if err := c.call(now); err != nil {
				return seen, err
			}
		}
		if isOver && (len(c.pending) == 0 || now.After(end.Add(patience))) {
			return seen, nil
		}
		if err := c.readUntil(now.Add(tick), &seen); err != nil {
			return seen, err
		}
	}
}

// hasRoom tells whether the server allows one more call, and its window the request.
func (c *openLoopClient) hasRoom() bool {
	return uint32(len(c.pending)) < c.maxStreams && c.sendWindow >= len(c.bodies[c.next%len(c.bodies)])
}

// readUntil takes in what comes until then.
func (c *openLoopClient) readUntil(until time.Time, seen *samples) error {
	for {
		ready, err := c.awaitFrame(until)
		if err != nil || !ready {
			return err
		}
		event, err := c.read()
		if errors.Is(err, errRefused) {
			seen.refused++
			delete(c.pending, event.stream)
		} else if err != nil {
			return err
		} else if event.stream != 0 {
			c.take(event, seen)
		}
	}
}

// awaitFrame waits until a whole frame is there; false where there is none by then.
func (c *http2Conn) awaitFrame(until time.Time) (bool, error) {
	if err := c.socket.SetReadDeadline(until); err != nil {
		return false, err
	}
	const headBytes = 9
	head, err := c.in.Peek(headBytes)
	if err == nil {
		length := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
		_, err = c.in.Peek(headBytes + length)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false, nil
	}
	return err == nil, err
}
