package chatapi

import (
	"context"
	"fmt"
)

// checkToken refuses what no header can carry. The error shows where, and nothing of the token.
func checkToken(token string) error {
	for i := range len(token) {
		switch c := token[i]; {
		case c == '\n' || c == '\r':
			return fmt.Errorf("chatapi: the token has a line break at byte %d of %d; trim what was read from a file", i+1, len(token))
		case c <= ' ' || c > '~':
			return fmt.Errorf("chatapi: the token has a character at byte %d of %d that is no visible ASCII", i+1, len(token))
		}
	}
	return nil
}

// bearerToken sends the token with each call. Whether it may travel in plaintext was decided in settings.check.
type bearerToken string

func (t bearerToken) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(t)}, nil
}

func (bearerToken) RequireTransportSecurity() bool {
	return false
}
