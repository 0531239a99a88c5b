//go:build linux

package main

import "fmt"

// holdPlan is calls that are opened and left open.
type holdPlan struct {
	Address     string `json:"address"`
	Path        string `json:"path"`
	Request     []byte `json:"request"`
	Connections int    `json:"connections"`
	// Calls on each connection; fewer where the server allows fewer.
	Calls int `json:"calls"`
	// Whether to wait for a first message of each answer. Otherwise nothing is read, and nothing may be sent.
	Reads bool `json:"reads"`
}

type holdResult struct {
	Opened int `json:"opened"`
	// Calls that the server allows on one connection, where it was asked.
	MaxStreams uint32 `json:"maxStreams,omitempty"`
}

// held is calls that are open.
type held struct {
	connections []*http2Conn
	result      holdResult
}

func (h *held) close() {
	for _, connection := range h.connections {
		connection.close()
	}
}

func hold(plan holdPlan) (*held, error) {
	held := &held{}
	for range plan.Connections {
		window := uint32(0)
		if plan.Reads {
			window = answerWindow
		}
		connection, err := dialHTTP2(plan.Address, plan.Path, "application/grpc+proto", window)
		if err != nil {
			held.close()
			return nil, err
		}
		held.connections = append(held.connections, connection)
		if !plan.Reads {
			held.openUnread(connection, plan)
		} else if err := held.openAndRead(connection, plan); err != nil {
			held.close()
			return nil, fmt.Errorf("connection %d of %d: %w", len(held.connections), plan.Connections, err)
		}
	}
	return held, nil
}

// openUnread sends requests and reads nothing, not even the settings. A server may defend itself by closing the connection.
func (h *held) openUnread(connection *http2Conn, plan holdPlan) {
	for range plan.Calls {
		if _, err := connection.request(frameMessage(plan.Request)); err != nil {
			return
		}
	}
	if connection.out.Flush() == nil {
		h.result.Opened += plan.Calls
	}
}

// openAndRead opens as many calls as the server allows, and returns when each has had a first message.
func (h *held) openAndRead(connection *http2Conn, plan holdPlan) error {
	if err := connection.readSettings(); err != nil {
		return err
	}
	h.result.MaxStreams = connection.maxStreams
	calls := min(plan.Calls, int(connection.maxStreams))
	for range calls {
		if _, err := connection.request(frameMessage(plan.Request)); err != nil {
			return err
		}
	}
	for answered := map[uint32]bool{}; len(answered) < calls; {
		event, err := connection.next()
		if err != nil {
			return err
		}
		if event.ended {
			return fmt.Errorf("stream %d ended", event.stream)
		}
		if event.bytes > 0 {
			answered[event.stream] = true
		}
	}
	h.result.Opened += calls
	// Updates of windows and the acknowledgement of settings, lest the server waits for them.
	return connection.out.Flush()
}
