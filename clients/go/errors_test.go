package chatapi_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	chatapi "github.com/chatapi/chatapi/clients/go"
	"github.com/chatapi/chatapi/clients/go/internal/servertest"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

func TestErrorsAreTheSameOnEveryTransport(t *testing.T) {
	t.Parallel()
	server := servertest.New(t)
	ctx := context.Background()
	for transport, opts := range map[string][]chatapi.Option{
		"grpc":    {chatapi.WithAddress(server.GRPC)},
		"connect": {chatapi.WithAddress(server.HTTP), chatapi.WithConnect(http.DefaultClient)},
	} {
		t.Run(transport, func(t *testing.T) {
			client := newClient(t, opts...)

			_, err := client.Stream(ctx, "unknown")
			failure := wantFailure(t, err, codes.NotFound, "chatapi: GetStream: NotFound (ERROR_REASON_STREAM_NOT_FOUND): ")
			if failure.Reason != chatapiv1.ErrorReason_ERROR_REASON_STREAM_NOT_FOUND || failure.Metadata["stream_id"] != "unknown" {
				t.Errorf("%+v", failure)
			}
			if !chatapi.IsNotFound(err) || status.Code(err) != codes.NotFound || failure.Retryable || errors.Unwrap(err) == nil {
				t.Errorf("%+v", failure)
			}

			_, err = client.RecordActivity(ctx, &chatapiv1.Activity{Platform: "qq", UserInfo: &chatapiv1.UserInfo{UserId: "1"}}, &chatapiv1.Activity{})
			failure = wantFailure(t, err, codes.InvalidArgument, "RecordActivity", "activities[1].platform")
			if len(failure.Fields) != 2 || chatapi.IsNotFound(err) {
				t.Errorf("%+v", failure)
			}

			_, err = client.GroupStream(ctx, "caf\xe9")
			wantFailure(t, err, codes.InvalidArgument, "GetStreamByGroupId", "invalid UTF-8")
			if status.Code(err) != codes.InvalidArgument {
				t.Errorf("%v", status.Convert(err))
			}

			_, err = client.GroupStream(ctx, "1", chatapi.OnPlatform("qq"), chatapi.OnAllPlatforms())
			wantFailure(t, err, codes.InvalidArgument, "platform")
		})
	}
	if chatapi.IsNotFound(nil) || chatapi.IsNotFound(errors.New("not found")) {
		t.Error("other errors are taken for NotFound")
	}
}
