// Package servertest starts real ChatApi servers, from this checkout, for tests.
package servertest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	startTimeout = 60 * time.Second
	stopTimeout  = 30 * time.Second
)

// Server is a running server.
type Server struct {
	// GRPC and HTTP are where it listens, as HOST:PORT.
	GRPC, HTTP string

	store   string
	process *exec.Cmd
	exited  chan struct{}
	// endWatch ends the watchdog, which ends the server when this process is gone, however it went.
	endWatch func()
}

// Start serves the store on free ports.
func Start(store string) (*Server, error) {
	return start(store, "127.0.0.1:0", "127.0.0.1:0")
}

// Again serves the same store on the same ports, after Stop or Kill.
func (s *Server) Again() (*Server, error) {
	return start(s.store, s.GRPC, s.HTTP)
}

// StartAt serves the store on this port for gRPC, and on a free one for HTTP.
func StartAt(store, grpcAddress string) (*Server, error) {
	return start(store, grpcAddress, "127.0.0.1:0")
}

func start(store, grpcListen, httpListen string) (*Server, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	process := exec.Command(filepath.Join(root, "node_modules/.bin/node"), "src/main.ts", "serve",
		"--store", store, "--grpc-listen", grpcListen, "--http-listen", httpListen, "--log-level", "warn")
	process.Dir = root
	process.Stderr = os.Stderr
	stdout, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	s := &Server{store: store, process: process, exited: make(chan struct{})}
	if s.endWatch, err = watch(process.Process.Pid); err != nil {
		_ = process.Process.Kill()
		return nil, err
	}
	ready := make(chan error, 1)
	go func() {
		ready <- s.readAddresses(stdout)
		_, _ = io.Copy(io.Discard, stdout)
		_ = process.Wait()
		s.endWatch()
		close(s.exited)
	}()
	select {
	case err = <-ready:
		if err == nil {
			err = s.loaded()
		}
	case <-time.After(startTimeout):
		err = errors.New("the server is not ready in time")
	}
	if err != nil {
		s.Kill()
		return nil, err
	}
	return s, nil
}

func (s *Server) readAddresses(stdout io.Reader) error {
	lines := bufio.NewScanner(stdout)
	for s.GRPC == "" || s.HTTP == "" {
		if !lines.Scan() {
			return errors.New("the server ended before it was ready")
		}
		if address, ok := strings.CutPrefix(lines.Text(), "gRPC listening on "); ok {
			s.GRPC = address
		}
		if address, ok := strings.CutPrefix(lines.Text(), "HTTP listening on http://"); ok {
			s.HTTP = address
		}
	}
	return nil
}

// Stop drains the server and returns when it is gone.
func (s *Server) Stop() error {
	_ = s.process.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
		return nil
	case <-time.After(stopTimeout):
		s.Kill()
		return fmt.Errorf("the server did not stop within %s", stopTimeout)
	}
}

// Kill ends the server as a power cut would.
func (s *Server) Kill() {
	_ = s.process.Process.Kill()
	<-s.exited
}

// watch starts a process that kills the server at the end of a pipe to which nobody writes. It comes when this process dies.
func watch(pid int) (end func(), err error) {
	watchdog := exec.Command("sh", "-c", `read -r _; kill -9 "$1" 2>/dev/null`, "sh", fmt.Sprint(pid))
	pipe, err := watchdog.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := watchdog.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = watchdog.Process.Kill()
		_ = watchdog.Wait()
		_ = pipe.Close()
	}, nil
}
