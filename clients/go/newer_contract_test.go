package chatapi_test

import (
	"context"
	"errors"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	chatapi "github.com/chatapi/chatapi/clients/go"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

func TestPassesOnWhatANewerServerSends(t *testing.T) {
	unknown := protowire.AppendString(protowire.AppendTag(nil, 1000, protowire.BytesType), "from the future")
	server := newFake(t, func(context.Context, string, int, any) (any, error) {
		stream := &chatapiv1.ChatStream{StreamId: "1", Type: chatapiv1.StreamType(42)}
		stream.ProtoReflect().SetUnknown(unknown)
		return &chatapiv1.GetStreamByGroupIdResponse{Stream: stream}, nil
	})
	found, err := server.client(t).GroupStream(context.Background(), "1")
	if err != nil {
		t.Fatal(err)
	}
	if found.Stream.GetType() != 42 {
		t.Errorf("the type is %v, want 42", found.Stream.GetType())
	}
	again, err := proto.Marshal(found.Stream)
	if err != nil {
		t.Fatal(err)
	}
	stream := &chatapiv1.ChatStream{}
	if err := proto.Unmarshal(again, stream); err != nil || string(stream.ProtoReflect().GetUnknown()) != string(unknown) {
		t.Errorf("the unknown field is lost: %v, %v", stream, err)
	}
}

func TestPassesOnReasonsOfANewerServer(t *testing.T) {
	server := newFake(t, func(context.Context, string, int, any) (any, error) {
		s, err := status.New(codes.FailedPrecondition, "not on Sundays").WithDetails(
			&errdetails.ErrorInfo{Reason: "ERROR_REASON_SUNDAY", Domain: "chatapi.v1", Metadata: map[string]string{"day": "7"}},
			&errdetails.Help{},
		)
		if err != nil {
			return nil, err
		}
		return nil, s.Err()
	})
	_, err := server.client(t).Summary(context.Background())
	var failure *chatapi.Error
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	if failure.Reason != chatapiv1.ErrorReason_ERROR_REASON_UNSPECIFIED || failure.ReasonName != "ERROR_REASON_SUNDAY" || failure.Metadata["day"] != "7" {
		t.Fatalf("%+v", failure)
	}
}

func TestReadsAnswersOfAnySizeThatAServerSends(t *testing.T) {
	server := newFake(t, func(context.Context, string, int, any) (any, error) {
		answer := &chatapiv1.GetAllStreamsResponse{}
		for range 1000 {
			answer.Streams = append(answer.Streams, &chatapiv1.ChatStream{DisplayName: string(make([]byte, 20_000))})
		}
		return answer, nil
	})
	streams, err := chatapi.Collect(server.client(t).AllStreams(context.Background()))
	if err != nil || len(streams) != 1000 {
		t.Fatalf("%d streams, %v", len(streams), err)
	}
}
