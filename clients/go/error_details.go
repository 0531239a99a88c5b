package chatapi

import (
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

const errorDomain = "chatapi.v1"

// addDetail takes over what the contract says of errors. Details of others, such as a proxy's, are left to the cause.
func (e *Error) addDetail(detail any) {
	switch detail := detail.(type) {
	case *errdetails.ErrorInfo:
		if detail.GetDomain() != errorDomain {
			return
		}
		e.ReasonName = detail.GetReason()
		e.Reason = chatapiv1.ErrorReason(chatapiv1.ErrorReason_value[detail.GetReason()])
		e.Metadata = detail.GetMetadata()
	case *errdetails.BadRequest:
		for _, violation := range detail.GetFieldViolations() {
			e.Fields = append(e.Fields, FieldViolation{Field: violation.GetField(), Description: violation.GetDescription()})
		}
	case *errdetails.RetryInfo:
		e.Retryable = true
		e.RetryAfter = detail.GetRetryDelay().AsDuration()
	}
}
