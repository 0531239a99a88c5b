package chatapi

import "strings"

// isUnsendable tells that a request did not leave because it cannot be encoded: text in it is not UTF-8. The transports blame
// an internal error, where a server that was sent such text blames the argument.
func isUnsendable(message string) bool {
	return strings.HasPrefix(message, "grpc: error while marshaling: ") || strings.HasPrefix(message, "marshal message: ")
}
