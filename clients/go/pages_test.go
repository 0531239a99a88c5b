package chatapi_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	chatapi "github.com/chatapi/chatapi/clients/go"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// threePages has one stream on each page.
func threePages(_ context.Context, _ string, n int, request any) (any, error) {
	next := map[string]string{"": "second", "second": "third", "third": ""}
	token := request.(*chatapiv1.GetGroupStreamsRequest).GetPageToken()
	return &chatapiv1.GetGroupStreamsResponse{
		Streams: []*chatapiv1.ChatStream{{StreamId: fmt.Sprint(n)}}, NextPageToken: next[token],
	}, nil
}

func TestFetchesPagesAsTheLoopGoes(t *testing.T) {
	server := newFake(t, threePages)
	list := server.client(t).GroupStreams(context.Background())
	for stream, err := range list {
		if err != nil || stream.GetStreamId() != "1" {
			t.Fatal(stream, err)
		}
		break
	}
	if n := server.count("GetGroupStreams"); n != 1 {
		t.Fatalf("%d pages, want 1", n)
	}
	streams, err := chatapi.Collect(list)
	if err != nil || len(streams) != 3 {
		t.Fatal(streams, err)
	}
}

func TestAListHasPagesOfAThousandUnlessToldOtherwise(t *testing.T) {
	var sizes []int32
	server := newFake(t, func(_ context.Context, _ string, _ int, request any) (any, error) {
		sizes = append(sizes, request.(*chatapiv1.GetAllStreamsRequest).GetPageSize())
		return &chatapiv1.GetAllStreamsResponse{}, nil
	})
	client := server.client(t)
	for _, opts := range [][]chatapi.ListOption{nil, {chatapi.PageSize(5)}, {chatapi.PageSize(0)}} {
		if _, err := chatapi.Collect(client.AllStreams(context.Background(), opts...)); err != nil {
			t.Fatal(err)
		}
	}
	if want := []int32{1_000, 5, 0}; !slices.Equal(sizes, want) {
		t.Fatalf("pages of %v, want %v", sizes, want)
	}
}

func TestAListThatBreaksOffIsAnError(t *testing.T) {
	server := newFake(t, func(ctx context.Context, method string, n int, request any) (any, error) {
		if n == 2 {
			return nil, status.Error(codes.Internal, "broken")
		}
		return threePages(ctx, method, n, request)
	})
	streams, err := chatapi.Collect(server.client(t).GroupStreams(context.Background()))
	if status.Code(err) != codes.Internal || streams != nil {
		t.Fatal(streams, err)
	}
}

func TestAListWithoutEndIsAnError(t *testing.T) {
	server := newFake(t, func(context.Context, string, int, any) (any, error) {
		return &chatapiv1.GetGroupStreamsResponse{NextPageToken: "again"}, nil
	})
	_, err := chatapi.Collect(server.client(t).GroupStreams(context.Background()))
	if err == nil || !strings.Contains(err.Error(), "does not end") {
		t.Fatal(err)
	}
}

// oneKnown knows the ids that start with a and refuses more than 300 of them at once.
func oneKnown(_ context.Context, _ string, _ int, request any) (any, error) {
	answer := &chatapiv1.BatchGetStreamsResponse{}
	for _, id := range request.(*chatapiv1.BatchGetStreamsRequest).GetStreamIds() {
		if strings.HasPrefix(id, "a") {
			answer.Streams = append(answer.Streams, &chatapiv1.ChatStream{StreamId: id})
		} else {
			answer.MissingStreamIds = append(answer.MissingStreamIds, id)
		}
	}
	if len(answer.GetStreams()) > 300 {
		s, err := status.New(codes.ResourceExhausted, "too large").
			WithDetails(&errdetails.ErrorInfo{Reason: "ERROR_REASON_MESSAGE_TOO_LARGE", Domain: "chatapi.v1"})
		if err != nil {
			return nil, err
		}
		return nil, s.Err()
	}
	return answer, nil
}

func TestAsksForManyIdsInCallsThatFit(t *testing.T) {
	server := newFake(t, oneKnown)
	var ids, known, missing []string
	for i := range 1250 {
		ids = append(ids, fmt.Sprint("a", i), fmt.Sprint("b", i), "b0")
		known = append(known, fmt.Sprint("a", i))
		missing = append(missing, fmt.Sprint("b", i))
	}
	found, err := server.client(t).Streams(context.Background(), ids)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, stream := range found.Streams {
		got = append(got, stream.GetStreamId())
	}
	if !slices.Equal(got, known) || !slices.Equal(found.MissingIDs, missing) {
		t.Fatalf("%d known and %d missing, want %d and %d, in order", len(got), len(found.MissingIDs), len(known), len(missing))
	}
	if found, err := server.client(t).Streams(context.Background(), nil); err != nil || found.Streams != nil {
		t.Fatal(found, err)
	}
}
