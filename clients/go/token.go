package chatapi

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
)

// tokenSource gives the token of the moment; empty for none.
type tokenSource interface {
	// token is asked before each call, and afresh where a server refused what it gave.
	token(ctx context.Context, afresh bool) (string, error)
}

// fixedToken stays as it is.
type fixedToken string

func (t fixedToken) token(context.Context, bool) (string, error) { return string(t), nil }

// askedToken comes from a function.
type askedToken func(context.Context) (string, error)

func (ask askedToken) token(ctx context.Context, _ bool) (string, error) {
	token, err := ask(ctx)
	if err == nil {
		err = checkToken(token)
	}
	if err != nil {
		return "", noTokenError{err}
	}
	return token, nil
}

// noTokenError is why a call was not sent.
type noTokenError struct{ cause error }

func (e noTokenError) Error() string {
	return "the function of WithTokenSource gave no token: " + e.cause.Error()
}

func (e noTokenError) Unwrap() error { return e.cause }

// fromTokenSource tells of a call that was not sent for want of a token; nil for any other failure.
func fromTokenSource(method string, err error) *Error {
	var failure noTokenError
	if !errors.As(err, &failure) {
		return nil
	}
	code := codes.Unauthenticated
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		code = codes.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		code = codes.Canceled
	}
	return &Error{Method: method, Code: code, Message: failure.Error(), cause: failure}
}

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

// withToken makes a call with the token of the moment, and once more where the server refuses it and there is another one by
// then: nothing has happened until then, also of a write.
func withToken(ctx context.Context, source tokenSource, isRefused func(error) bool, call func(token string) error) error {
	token, err := source.token(ctx, false)
	if err != nil {
		return err
	}
	refusal := call(token)
	if !isRefused(refusal) {
		return refusal
	}
	other, err := source.token(ctx, true)
	if err != nil {
		return err
	}
	if other == token {
		return refusal
	}
	return call(other)
}
