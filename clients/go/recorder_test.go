package chatapi_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	chatapi "github.com/chatapi/chatapi/clients/go"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// A time that no test waits for.
const never = time.Hour

// recording is a recorder of a server that answers batches as the test says.
func recording(t *testing.T, answer func(batch []*chatapiv1.Activity) error, opts ...chatapi.RecorderOption) *chatapi.Recorder {
	t.Helper()
	f := newFake(t, func(_ context.Context, _ string, _ int, request any) (any, error) {
		if err := answer(request.(*chatapiv1.RecordActivityRequest).GetActivities()); err != nil {
			return nil, err
		}
		return &chatapiv1.RecordActivityResponse{}, nil
	})
	client, err := chatapi.New(t.Context(), chatapi.WithAddress(f.address))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return chatapi.NewRecorder(client, opts...)
}

func TestRecorderSendsByItselfWhatWasSeen(t *testing.T) {
	came := make(chan []*chatapiv1.Activity, 1)
	recorder := recording(t, func(batch []*chatapiv1.Activity) error {
		came <- batch
		return nil
	}, chatapi.RecordEvery(time.Millisecond))
	at := time.Unix(1_700_000_000, 5_000_000)
	recorder.Saw(chatapi.Seen{Platform: "qq", GroupID: "1", GroupName: "Readers", UserID: "7", Account: "10001", At: at})
	batch := <-came
	if got := batch[0]; len(batch) != 1 || got.GetGroupInfo().GetGroupName() != "Readers" || got.GetAccountId() != "10001" ||
		got.GetUserInfo().GetUserId() != "7" || !got.GetActiveTime().AsTime().Equal(at) {
		t.Errorf("sent %v", batch)
	}
	if err := recorder.Close(t.Context()); err != nil || recorder.Recorded() != 1 || recorder.Dropped() != 0 {
		t.Errorf("err %v, recorded %d, dropped %d", err, recorder.Recorded(), recorder.Dropped())
	}
}

func TestRecorderKeepsOneEntryAChat(t *testing.T) {
	var sent []*chatapiv1.Activity
	recorder := recording(t, func(batch []*chatapiv1.Activity) error {
		sent = batch
		return nil
	}, chatapi.RecordEvery(never))
	recorder.Saw(chatapi.Seen{Platform: "qq", GroupID: "1", GroupName: "Old", UserID: "1", At: time.Unix(5, 0)})
	recorder.Saw(chatapi.Seen{Platform: "qq", GroupID: "1", GroupName: "New", UserID: "2", UserNickname: "Bob", At: time.Unix(4, 0)})
	recorder.Saw(chatapi.Seen{Platform: "qq", GroupID: "1", UserID: "2", At: time.Unix(3, 0)})
	if recorder.Pending() != 1 {
		t.Errorf("%d wait, want 1", recorder.Pending())
	}
	if err := recorder.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := sent[0]; got.GetGroupInfo().GetGroupName() != "New" || got.GetUserInfo().GetUserId() != "2" ||
		got.GetUserInfo().GetUserNickname() != "Bob" || got.GetActiveTime().GetSeconds() != 5 {
		t.Errorf("sent %v", got)
	}
}

func TestRecorderSendsAThousandAtOnceAndNoMoreTogether(t *testing.T) {
	came := make(chan int, 10)
	recorder := recording(t, func(batch []*chatapiv1.Activity) error {
		came <- len(batch)
		return nil
	}, chatapi.RecordEvery(never))
	for i := range 2_500 {
		recorder.Saw(chatapi.Seen{Platform: "qq", GroupID: fmt.Sprint(i)})
	}
	first := <-came
	if err := recorder.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(came)
	sum, most := first, first
	for count := range came {
		sum, most = sum+count, max(most, count)
	}
	if sum != 2_500 || most > 1_000 {
		t.Errorf("sent %d, up to %d together", sum, most)
	}
}

func TestRecorderDropsWhatIsRefusedAndNothingElse(t *testing.T) {
	var told atomic.Int64
	recorder := recording(t, func(batch []*chatapiv1.Activity) error {
		for _, activity := range batch {
			if strings.HasPrefix(activity.GetGroupInfo().GetGroupId(), "bad") {
				return status.Error(codes.InvalidArgument, "bad")
			}
		}
		return nil
	}, chatapi.RecordEvery(never), chatapi.OnRecordError(func(error) { told.Add(1) }))
	for i := range 20 {
		recorder.Saw(chatapi.Seen{Platform: "qq", GroupID: fmt.Sprint("good ", i)})
	}
	recorder.Saw(chatapi.Seen{Platform: "qq", GroupID: "bad"})
	if err := recorder.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if recorder.Recorded() != 20 || recorder.Dropped() != 1 || told.Load() != 1 {
		t.Errorf("recorded %d, dropped %d, told %d", recorder.Recorded(), recorder.Dropped(), told.Load())
	}
}

func TestRecorderWaitsForAServerThatIsAwayUpToALimit(t *testing.T) {
	var isBack atomic.Bool
	recorder := recording(t, func([]*chatapiv1.Activity) error {
		if isBack.Load() {
			return nil
		}
		return status.Error(codes.Unavailable, "away")
	}, chatapi.RecordEvery(never), chatapi.MaxPending(5))
	for i := range 8 {
		recorder.Saw(chatapi.Seen{Platform: "qq", GroupID: fmt.Sprint(i)})
	}
	if err := recorder.Flush(t.Context()); err == nil || recorder.Pending() != 5 || recorder.Dropped() != 3 {
		t.Errorf("err %v, %d wait, dropped %d", err, recorder.Pending(), recorder.Dropped())
	}
	isBack.Store(true)
	if err := recorder.Close(t.Context()); err != nil || recorder.Recorded() != 5 {
		t.Errorf("err %v, recorded %d", err, recorder.Recorded())
	}
}

func TestRecorderSaysWhatItHadToDropAtTheEnd(t *testing.T) {
	recorder := recording(t, func([]*chatapiv1.Activity) error {
		return status.Error(codes.Unavailable, "away")
	}, chatapi.RecordEvery(never))
	recorder.Saw(chatapi.Seen{Platform: "qq", GroupID: "1"})
	recorder.Saw(chatapi.Seen{Platform: "qq"})
	recorder.Saw(chatapi.Seen{GroupID: "1"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var failure *chatapi.Error
	if err := recorder.Close(ctx); !errors.As(err, &failure) || recorder.Dropped() != 3 || recorder.Pending() != 0 {
		t.Errorf("err %v, dropped %d, %d wait", err, recorder.Dropped(), recorder.Pending())
	}
	recorder.Saw(chatapi.Seen{Platform: "qq", GroupID: "1"})
	if recorder.Dropped() != 4 {
		t.Errorf("dropped %d, want 4", recorder.Dropped())
	}
}
