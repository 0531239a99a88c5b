//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	bufferBytes = 256 << 10
	// What a server may send on a connection before it has to wait. Returned by halves.
	connectionWindow = 1 << 30
	// By the protocol, until a server says otherwise.
	initialWindow = 65_535
	// What is assumed of a server that names no limit.
	unlimitedStreams = 1 << 31
	// The status of gRPC.
	resourceExhausted = "8"
)

// http2Conn is a connection to a server that speaks HTTP/2 without TLS, for use by one goroutine. Frames that are written go
// out together, just before it would wait for frames to read.
type http2Conn struct {
	socket net.Conn
	out    *bufio.Writer
	in     *bufio.Reader
	framer *http2.Framer
	nextID uint32
	// The head of every request, and the same encoded: for a second request it only names what the first has put into the
	// server's table, and from then on it is the same bytes.
	head    []hpack.HeaderField
	encoder *hpack.Encoder
	encoded bytes.Buffer
	decoder *hpack.Decoder
	answer  answerHead
	// How much may be sent before the server grants more.
	sendWindow int
	// How much was received and not yet granted anew.
	received int
	// Calls that the server allows at a time; known once its settings have come.
	maxStreams uint32
}

// answerHead is what matters of a block of headers or trailers.
type answerHead struct {
	status, grpcStatus, grpcMessage string
}

// streamEvent is what a frame brought for a call.
type streamEvent struct {
	stream uint32
	bytes  int
	ended  bool
}

func dialHTTP2(address, path, contentType string, streamWindow uint32) (*http2Conn, error) {
	socket, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	c := &http2Conn{socket: socket, nextID: 1, sendWindow: initialWindow, maxStreams: unlimitedStreams}
	c.out = bufio.NewWriterSize(socket, bufferBytes)
	c.in = bufio.NewReaderSize(flushing{c}, bufferBytes)
	c.framer = http2.NewFramer(c.out, c.in)
	c.framer.SetReuseFrames()
	c.encoder = hpack.NewEncoder(&c.encoded)
	c.decoder = hpack.NewDecoder(4_096, c.readField)
	c.head = []hpack.HeaderField{
		{Name: ":method", Value: "POST"},
		{Name: ":scheme", Value: "http"},
		{Name: ":path", Value: path},
		{Name: ":authority", Value: address},
		{Name: "content-type", Value: contentType},
		{Name: "te", Value: "trailers"},
	}
	if _, err := c.out.WriteString(http2.ClientPreface); err != nil {
		return nil, err
	}
	if err := c.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: streamWindow}); err != nil {
		return nil, err
	}
	return c, c.framer.WriteWindowUpdate(0, connectionWindow-initialWindow)
}

// readSettings waits for the settings of the server, which are the first frame that it sends.
func (c *http2Conn) readSettings() error {
	frame, err := c.framer.ReadFrame()
	if err != nil {
		return err
	}
	return c.manage(frame)
}

// flushing reads from the socket of a connection after all that was written has gone out.
type flushing struct{ *http2Conn }

func (f flushing) Read(p []byte) (int, error) {
	if err := f.out.Flush(); err != nil {
		return 0, err
	}
	return f.socket.Read(p)
}

// request starts a call and ends its request.
func (c *http2Conn) request(body []byte) (uint32, error) {
	c.sendWindow -= len(body)
	if c.sendWindow < 0 {
		return 0, fmt.Errorf("requests in flight are larger than the window of %d bytes", initialWindow)
	}
	stream := c.nextID
	c.nextID += 2
	if stream <= 3 {
		c.encoded.Reset()
		for _, field := range c.head {
			if err := c.encoder.WriteField(field); err != nil {
				return 0, err
			}
		}
	}
	block := http2.HeadersFrameParam{StreamID: stream, BlockFragment: c.encoded.Bytes(), EndHeaders: true}
	if err := c.framer.WriteHeaders(block); err != nil {
		return 0, err
	}
	return stream, c.framer.WriteData(stream, true, body)
}

// next reads until something happens to a call.
func (c *http2Conn) next() (streamEvent, error) {
	for {
		event, err := c.read()
		if err != nil || event.stream != 0 {
			return event, err
		}
	}
}

// read reads one frame. The event is of stream 0 where it is about no call.
func (c *http2Conn) read() (streamEvent, error) {
	frame, err := c.framer.ReadFrame()
	if err != nil {
		return streamEvent{}, err
	}
	switch frame := frame.(type) {
	case *http2.DataFrame:
		if err := c.grant(int(frame.Length)); err != nil {
			return streamEvent{}, err
		}
		return streamEvent{frame.StreamID, len(frame.Data()), frame.StreamEnded()}, nil
	case *http2.HeadersFrame:
		return streamEvent{frame.StreamID, 0, frame.StreamEnded()}, c.readHead(frame)
	case *http2.RSTStreamFrame:
		// A server that has answered may want nothing more of the request, also where it has just come whole.
		if frame.ErrCode == http2.ErrCodeNo {
			return streamEvent{}, nil
		}
		event := streamEvent{frame.StreamID, 0, true}
		if frame.ErrCode == http2.ErrCodeRefusedStream {
			return event, errRefused
		}
		return event, fmt.Errorf("stream %d was reset: %v", frame.StreamID, frame.ErrCode)
	case *http2.GoAwayFrame:
		return streamEvent{}, fmt.Errorf("the server goes away: %v", frame.ErrCode)
	default:
		return streamEvent{}, c.manage(frame)
	}
}

// manage answers the frames that are about the connection.
func (c *http2Conn) manage(frame http2.Frame) error {
	switch frame := frame.(type) {
	case *http2.SettingsFrame:
		if frame.IsAck() {
			return nil
		}
		if limit, ok := frame.Value(http2.SettingMaxConcurrentStreams); ok {
			c.maxStreams = limit
		}
		return c.framer.WriteSettingsAck()
	case *http2.PingFrame:
		if frame.IsAck() {
			return nil
		}
		return c.framer.WritePing(true, frame.Data)
	case *http2.WindowUpdateFrame:
		if frame.StreamID == 0 {
			c.sendWindow += int(frame.Increment)
		}
	}
	return nil
}

// grant lets the server send as much again as it has sent, by halves of the window.
func (c *http2Conn) grant(received int) error {
	c.received += received
	if c.received < connectionWindow/2 {
		return nil
	}
	increment := c.received
	c.received = 0
	return c.framer.WriteWindowUpdate(0, uint32(increment))
}

func (c *http2Conn) readHead(frame *http2.HeadersFrame) error {
	c.answer = answerHead{}
	if _, err := c.decoder.Write(frame.HeaderBlockFragment()); err != nil {
		return err
	}
	for ended := frame.HeadersEnded(); !ended; {
		next, err := c.framer.ReadFrame()
		if err != nil {
			return err
		}
		more := next.(*http2.ContinuationFrame) // The framer admits nothing else here.
		if _, err := c.decoder.Write(more.HeaderBlockFragment()); err != nil {
			return err
		}
		ended = more.HeadersEnded()
	}
	if err := c.decoder.Close(); err != nil {
		return err
	}
	return c.answer.failure()
}

func (c *http2Conn) readField(field hpack.HeaderField) {
	switch field.Name {
	case ":status":
		c.answer.status = field.Value
	case "grpc-status":
		c.answer.grpcStatus = field.Value
	case "grpc-message":
		c.answer.grpcMessage = field.Value
	}
}

// errRefused is what a call fails with for which the server has no room.
var errRefused = errors.New("the server refuses calls: it has no room for more")

func (a answerHead) failure() error {
	if a.grpcStatus == resourceExhausted {
		return errRefused
	}
	if a.status != "" && a.status != "200" {
		return fmt.Errorf("HTTP status %s", a.status)
	}
	if a.grpcStatus != "" && a.grpcStatus != "0" {
		return fmt.Errorf("grpc-status %s: %s", a.grpcStatus, a.grpcMessage)
	}
	return nil
}

func (c *http2Conn) close() {
	_ = c.socket.Close()
}
