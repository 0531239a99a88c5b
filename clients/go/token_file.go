package chatapi

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
)

// fileToken is read again when its file has changed. A file that is broken then changes nothing.
type fileToken struct {
	path string

	mu   sync.Mutex
	info os.FileInfo // of the file as it was read
	text string
}

// newFileToken fails where the file has no token.
func newFileToken(path string) (*fileToken, error) {
	t := &fileToken{path: path}
	return t, t.read()
}

func (t *fileToken) token(_ context.Context, afresh bool) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if afresh || t.hasChanged() {
		_ = t.read() // of a file that is missing for a moment, or half written, the next change tells
	}
	return t.text, nil
}

func (t *fileToken) hasChanged() bool {
	info, err := os.Stat(t.path)
	return err == nil && !(os.SameFile(info, t.info) && info.ModTime().Equal(t.info.ModTime()) && info.Size() == t.info.Size())
}

func (t *fileToken) read() error {
	info, err := os.Stat(t.path)
	if err != nil {
		return fmt.Errorf("chatapi: the token file cannot be read: %w", err)
	}
	content, err := os.ReadFile(t.path)
	if err != nil {
		return fmt.Errorf("chatapi: the token file cannot be read: %w", err)
	}
	text := strings.TrimSpace(string(content))
	if text == "" {
		return fmt.Errorf("chatapi: the token file %s is empty; expected a token", t.path)
	}
	if err := checkToken(text); err != nil {
		return fmt.Errorf("%w, in the token file %s", err, t.path)
	}
	t.info, t.text = info, text
	return nil
}
