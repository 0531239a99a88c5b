package chatapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// Error is why a call failed.
//
//	var failure *chatapi.Error
//	if errors.As(err, &failure) && failure.Reason == chatapiv1.ErrorReason_ERROR_REASON_WRITE_CONFLICT {
//
// errors.Is finds context.DeadlineExceeded and context.Canceled in it, and status.Code reads its code.
type Error struct {
	// Method is the call that failed, by its name in the contract, such as GetStreamByGroupId.
	Method string
	Code   codes.Code
	// Reason is the server's own. It is unspecified when the failure is not the server's, as when no server is there, and
	// when the server is newer than this package; ReasonName then has what it sent.
	Reason chatapiv1.ErrorReason
	// ReasonName is the reason as it was sent, such as ERROR_REASON_STREAM_NOT_FOUND. Empty when none was.
	ReasonName string
	// Message is for people.
	Message string
	// Fields are those of the request that broke a rule.
	Fields []FieldViolation
	// Metadata is what the reason documents, such as the stream_id that was not found.
	Metadata map[string]string
	// Retryable tells that the server expects a retry to help, after RetryAfter.
	Retryable  bool
	RetryAfter time.Duration

	cause error
}

// FieldViolation is a field that broke a rule.
type FieldViolation struct {
	// Field is the path, such as activities[3].platform.
	Field       string
	Description string
}

// Error names the call, the code, the reason where there is one, and what was wrong.
func (e *Error) Error() string {
	reason := ""
	if e.ReasonName != "" {
		reason = fmt.Sprintf(" (%s)", e.ReasonName)
	}
	text := fmt.Sprintf("chatapi: %s: %s%s: %s", e.Method, e.Code, reason, e.Message)
	for _, violation := range e.Fields {
		// The server's message mostly names them already.
		if !strings.Contains(e.Message, violation.Field) {
			text += fmt.Sprintf("; %s: %s", violation.Field, violation.Description)
		}
	}
	return text
}

// Unwrap returns the error of the transport.
func (e *Error) Unwrap() error {
	return e.cause
}

// Is makes a failed call that ran out of time or was cancelled equal to the error of its context.
func (e *Error) Is(target error) bool {
	return target == context.DeadlineExceeded && e.Code == codes.DeadlineExceeded ||
		target == context.Canceled && e.Code == codes.Canceled
}

// GRPCStatus makes status.Code and status.FromError work, whatever the transport.
func (e *Error) GRPCStatus() *status.Status {
	if s, ok := status.FromError(e.cause); ok && s.Code() == e.Code {
		return s // with its details
	}
	return status.New(e.Code, e.Message)
}

// IsNotFound tells whether the error says that no stream has the id asked for.
func IsNotFound(err error) bool {
	var failure *Error
	return errors.As(err, &failure) && failure.Code == codes.NotFound
}
