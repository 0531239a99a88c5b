package chatapi

import (
	"context"
	"errors"

	"connectrpc.com/connect"
	"google.golang.org/grpc/codes"
)

func fromConnect(method string, server endpoint, err error) *Error {
	if failure := fromTokenSource(method, err); failure != nil {
		return failure
	}
	e := &Error{Method: method, Code: codes.Code(connect.CodeOf(err)), Message: err.Error(), cause: err}
	var failure *connect.Error
	if errors.As(err, &failure) {
		e.Message = failure.Message()
		for _, detail := range failure.Details() {
			if value, err := detail.Value(); err == nil {
				e.addDetail(value)
			}
		}
	} else if errors.Is(err, context.Canceled) {
		e.Code = codes.Canceled
	}
	switch {
	case e.ReasonName != "":
	case isUnsendable(e.Message):
		e.Code = codes.InvalidArgument
	default:
		e.Message += hint(server, e.Message)
	}
	return e
}
