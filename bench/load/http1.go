//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"
)

// The largest answer that is read.
const maxHTTP1Answer = 64 << 10

// http1Client makes calls on connections that are kept, one call after the other on each. One thread waits for all of
// them, since a goroutine each takes as much time as the server under measurement.
type http1Client struct {
	connections map[int32]*http1Conn
	poll        int
	requests    [][]byte
	next        int
}

type http1Conn struct {
	socket int
	answer [maxHTTP1Answer]byte
	have   int
	began  time.Time
}

func newHTTP1Client(address string, traffic traffic) (*http1Client, error) {
	poll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	client := &http1Client{connections: map[int32]*http1Conn{}, poll: poll}
	for range traffic.Connections {
		if err := client.dial(address); err != nil {
			client.close()
			return nil, err
		}
	}
	for _, body := range traffic.Requests {
		head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
			traffic.Path, address, traffic.ContentType, len(body))
		client.requests = append(client.requests, append([]byte(head), body...))
	}
	return client, nil
}

func (c *http1Client) dial(address string) error {
	to, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		return err
	}
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	c.connections[int32(socket)] = &http1Conn{socket: socket}
	if err := syscall.SetsockoptInt(socket, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
		return err
	}
	if err := syscall.Connect(socket, &syscall.SockaddrInet4{Port: to.Port, Addr: [4]byte(to.IP.To4())}); err != nil {
		return err
	}
	return syscall.EpollCtl(c.poll, syscall.EPOLL_CTL_ADD, socket, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(socket)})
}

func (c *http1Client) callUntil(end time.Time) (samples, error) {
	var seen samples
	for _, connection := range c.connections {
		if err := c.call(connection, time.Now()); err != nil {
			return seen, err
		}
	}
	events := make([]syscall.EpollEvent, len(c.connections))
	for pending := len(c.connections); pending > 0; {
		ready, err := syscall.EpollWait(c.poll, events, -1)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return seen, err
		}
		for _, event := range events[:ready] {
			connection := c.connections[event.Fd]
			length, err := connection.read()
			if err != nil {
				return seen, err
			}
			if length < 0 {
				continue
			}
			now := time.Now()
			seen.latencies = append(seen.latencies, now.Sub(connection.began))
			seen.answerBytes = length
			if !now.Before(end) {
				pending--
			} else if err := c.call(connection, now); err != nil {
				return seen, err
			}
		}
	}
	return seen, nil
}

// call sends a request. It is small enough to be taken by the socket whole.
func (c *http1Client) call(connection *http1Conn, now time.Time) error {
	request := c.requests[c.next%len(c.requests)]
	c.next++
	connection.began, connection.have = now, 0
	_, err := syscall.Write(connection.socket, request)
	return err
}

// read takes what has come of an answer and returns the length of its body, or -1 while it is not complete.
func (c *http1Conn) read() (int, error) {
	n, err := syscall.Read(c.socket, c.answer[c.have:])
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, fmt.Errorf("closed after %d bytes of an answer", c.have)
	}
	c.have += n
	head, body, complete := bytes.Cut(c.answer[:c.have], []byte("\r\n\r\n"))
	if !complete {
		return -1, nil
	}
	length, err := contentLength(head)
	if err != nil || len(body) < length {
		return -1, err
	}
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 200 ")) {
		return 0, fmt.Errorf("%s: %s", head[len("HTTP/1.1 "):bytes.IndexByte(head, '\r')], body)
	}
	return length, nil
}

// contentLength finds the field that all servers under measurement send.
func contentLength(head []byte) (int, error) {
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte("content-length")) {
			return strconv.Atoi(string(bytes.TrimSpace(value)))
		}
	}
	return 0, fmt.Errorf("an answer without a length: %s", head)
}

func (c *http1Client) close() {
	for _, connection := range c.connections {
		_ = syscall.Close(connection.socket)
	}
	_ = syscall.Close(c.poll)
}
