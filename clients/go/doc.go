// Package chatapi asks a ChatApi server which chats a bot has, which chat a group or a user is, and what is known of it.
//
//	client, err := chatapi.New(ctx)
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//
//	found, err := client.GroupStream(ctx, "941657197")
//
// The address comes from [WithAddress] or CHATAPI_ADDRESS, the token from [WithToken] or CHATAPI_TOKEN.
//
// # Deadlines and retries
//
// A call whose context has no deadline gets one of [DefaultTimeout], or of [WithTimeout]. Calls without side effects are
// tried up to five times, over about four seconds, while the server is unavailable, so they outlast its restart. Calls
// that write are sent once: when one fails with Unavailable or DeadlineExceeded, it may or may not have happened. Calls
// that stream have no deadline but that of their context.
//
// # Errors
//
// Every failed call returns an [*Error]. A lookup that finds nothing has not failed.
//
// The messages are those of the contract, in github.com/chatapi/chatapi/gen/go/chatapi/v1; fields and enum values of a
// server newer than this package pass through.
package chatapi
