package chatapi_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	chatapi "github.com/chatapi/chatapi/clients/go"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
	"github.com/chatapi/chatapi/gen/go/chatapi/v1/chatapiv1connect"
)

// newer speaks a newer contract over Connect.
type newer struct {
	chatapiv1connect.UnimplementedChatApiHandler
}

func (newer) GetStream(context.Context, *connect.Request[chatapiv1.GetStreamRequest]) (*connect.Response[chatapiv1.GetStreamResponse], error) {
	stream := &chatapiv1.ChatStream{Type: chatapiv1.StreamType(42)}
	stream.ProtoReflect().SetUnknown([]byte{0xc0, 0x3e, 7}) // field 1000
	return connect.NewResponse(&chatapiv1.GetStreamResponse{Stream: stream}), nil
}

func (newer) GetStreamsSummary(context.Context, *connect.Request[chatapiv1.GetStreamsSummaryRequest]) (*connect.Response[chatapiv1.GetStreamsSummaryResponse], error) {
	failure := connect.NewError(connect.CodeFailedPrecondition, errors.New("not on Sundays"))
	for _, info := range []*errdetails.ErrorInfo{
		{Reason: "ERROR_REASON_SUNDAY", Domain: "chatapi.v1"},
		{Reason: "RATE_LIMIT", Domain: "proxy.example.org"},
	} {
		detail, err := connect.NewErrorDetail(info)
		if err != nil {
			return nil, err
		}
		failure.AddDetail(detail)
	}
	return nil, failure
}

func TestPassesOnWhatANewerServerSendsOverConnect(t *testing.T) {
	_, handler := chatapiv1connect.NewChatApiHandler(newer{})
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client := newClient(t, chatapi.WithAddress(server.URL), chatapi.WithConnect(server.Client()))

	stream, err := client.Stream(context.Background(), "1")
	if err != nil || stream.GetType() != 42 || len(stream.ProtoReflect().GetUnknown()) != 3 {
		t.Errorf("%v, %v", stream, err)
	}
	_, err = client.Summary(context.Background())
	var failure *chatapi.Error
	if !errors.As(err, &failure) || failure.ReasonName != "ERROR_REASON_SUNDAY" || failure.Reason != 0 {
		t.Errorf("%+v", err)
	}
}
