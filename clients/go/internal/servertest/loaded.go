package servertest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	loadingInterval = 50 * time.Millisecond
	loadingTimeout  = 20 * time.Second
)

// loaded waits for the directory: a server listens before it is loaded, and says so until it is.
func (s *Server) loaded() error {
	for began := time.Now(); ; time.Sleep(loadingInterval) {
		answer, err := http.Post("http://"+s.HTTP+"/chatapi.v1.ChatApi/GetStreamsSummary", "application/json", strings.NewReader("{}"))
		if err != nil {
			return err
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return nil
		}
		if time.Since(began) > loadingTimeout {
			return fmt.Errorf("the directory does not load: %s", answer.Status)
		}
	}
}
