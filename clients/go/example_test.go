package chatapi_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	chatapi "github.com/chatapi/chatapi/clients/go"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

func Example() {
	ctx := context.Background()
	client, err := chatapi.New(ctx) // at CHATAPI_ADDRESS, else 127.0.0.1:50051
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	found, err := client.GroupStream(ctx, "941657197")
	if err != nil {
		log.Fatal(err)
	}
	if found.Stream == nil {
		fmt.Println("the bot has no such group")
		return
	}
	fmt.Println(found.Stream.GetStreamId(), found.Stream.GetDisplayName())
	// Output: a544edeb1a9b73e3e1d77dff36e41264 MaiBot (qq:group:941657197)
}

func ExampleClient_AllStreams() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	for stream, err := range client.AllStreams(ctx, chatapi.OnAllPlatforms()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(stream.GetPlatform(), stream.GetDisplayName())
	}
	// Output:
	// qq MaiBot (qq:group:941657197)
	// qq Mai (qq:private:1787882683)
	// telegram MaiBot (telegram:group:941657197)
}

func ExampleClient_Query() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	filter := &chatapiv1.StreamFilter{NameContains: "mai", Types: []chatapiv1.StreamType{chatapiv1.StreamType_STREAM_TYPE_GROUP}}
	latest := chatapi.OrderBy(chatapiv1.StreamOrder_STREAM_ORDER_LAST_ACTIVE_DESC)
	for stream, err := range client.Query(ctx, filter, latest, chatapi.PageSize(1)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(stream.GetDisplayName())
	}
	// Output:
	// MaiBot (telegram:group:941657197)
	// MaiBot (qq:group:941657197)
}

func ExampleClient_Resolve() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	for _, text := range []string{"qq:941657197:group", "Mai", "nobody"} {
		resolved, err := client.Resolve(ctx, text)
		if err != nil {
			log.Fatal(err)
		}
		for _, candidate := range resolved.Candidates {
			fmt.Println(text, candidate.GetSpelling(), candidate.GetStream().GetDisplayName())
		}
	}
	// Output:
	// qq:941657197:group SPELLING_GROUP_ID MaiBot (qq:group:941657197)
	// Mai SPELLING_NAME Mai (qq:private:1787882683)
}

func ExampleClient_Duplicates() {
	client := exampleClient()
	defer client.Close()

	duplicates, err := client.Duplicates(context.Background(), nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, duplicate := range duplicates.Found {
		fmt.Println(duplicate.GetReason(), len(duplicate.GetStreams()))
	}
	fmt.Println("more:", duplicates.More)
	// Output: more: false
}

func ExampleCollect() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	groups, err := chatapi.Collect(client.GroupStreams(ctx))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(groups))
	// Output: 1
}

func ExampleClient_GroupStream() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	found, err := client.GroupStream(ctx, "941657197", chatapi.OnAllPlatforms())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(found.Stream.GetPlatform(), "and", len(found.OtherStreamIDs), "more")
	// Output: telegram and 1 more
}

func ExampleClient_UserStream() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	found, err := client.UserStream(ctx, "12345")
	if err != nil {
		log.Fatal(err)
	}
	if found.Stream == nil {
		fmt.Println("never talked to")
	}
	// Output: never talked to
}

func ExampleClient_StreamInfo() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	info, err := client.StreamInfo(ctx, "a544edeb1a9b73e3e1d77dff36e41264")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.GetType(), info.GetGroupId(), info.GetGroupName())
	// Output: STREAM_TYPE_GROUP 941657197 MaiBot
}

func ExampleClient_Streams() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	batch, err := client.Streams(ctx, []string{"a544edeb1a9b73e3e1d77dff36e41264", "unknown"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(batch.Streams), batch.MissingIDs)
	// Output: 1 [unknown]
}

func ExampleClient_Summary() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	summary, err := client.Summary(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary.GetTotalStreams(), summary.GetPlatformStreams())
	// Output: 3 map[qq:2 telegram:1]
}

func ExampleClient_OpenPrivate() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	opened, err := client.OpenPrivate(ctx, "qq", "1787882683", chatapi.Named("Mai"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(opened.Stream.GetStreamId(), opened.Created)
	// Output: b8f3a2f1a141dab0218071e5af2d3e1e false
}

func ExampleClient_RecordActivity() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	name := "MaiBot"
	answer, err := client.RecordActivity(ctx, &chatapiv1.Activity{
		Platform:   "qq",
		GroupInfo:  &chatapiv1.GroupInfo{GroupId: "941657197", GroupName: &name},
		ActiveTime: timestamppb.New(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)), // absent: now
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.GetResults()[0].GetStreamId(), answer.GetResults()[0].GetOutcome())
	// Output: a544edeb1a9b73e3e1d77dff36e41264 OUTCOME_UNCHANGED
}

func ExampleRecorder() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	recorder := chatapi.NewRecorder(client)
	recorder.Saw(chatapi.Seen{Platform: "qq", GroupID: "941657197", GroupName: "MaiBot", At: time.Unix(1_735_689_600, 0)})
	if err := recorder.Close(ctx); err != nil {
		log.Print(err)
	}
	fmt.Println(recorder.Recorded(), recorder.Dropped())
	// Output: 1 0
}

func ExampleClient_UpdateStream() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	found, err := client.GroupStream(ctx, "941657197")
	if err != nil {
		log.Fatal(err)
	}
	changed, err := client.UpdateStream(ctx, found.Stream.GetStreamId(),
		chatapi.CustomName("Cats"), chatapi.SetLabels(map[string]string{"team": "red"}), chatapi.Etag(found.Stream.GetEtag()))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(changed.Stream.GetDisplayName(), changed.Stream.GetLabels())

	changed, err = client.UpdateStream(ctx, found.Stream.GetStreamId(), chatapi.CustomName(""), chatapi.RemoveLabels("team"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(changed.Stream.GetDisplayName(), changed.Stream.GetLabels())
	// Output:
	// Cats (qq:group:941657197) map[team:red]
	// MaiBot (qq:group:941657197) map[]
}

func ExampleClient_MergeStreams() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	// A group of Telegram gets another id when it becomes a supergroup.
	before, err := client.OpenGroup(ctx, "discord", "-41")
	if err != nil {
		log.Fatal(err)
	}
	after, err := client.OpenGroup(ctx, "discord", "-10041")
	if err != nil {
		log.Fatal(err)
	}
	merged, err := client.MergeStreams(ctx, before.Stream.GetStreamId(), after.Stream.GetStreamId(),
		chatapi.SourceEtag(before.Stream.GetEtag()), chatapi.TargetEtag(after.Stream.GetEtag()))
	if err != nil {
		log.Fatal(err)
	}
	found, err := client.GroupStream(ctx, "-41", chatapi.OnPlatform("discord"), chatapi.AtLeastRevision(merged.Revision))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(found.Stream.GetGroupInfo().GetGroupId())

	if _, err := client.DeleteStream(ctx, merged.Stream.GetStreamId()); err != nil {
		log.Fatal(err)
	}
	// Output: -10041
}

func ExampleClient_DeleteStream() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	opened, err := client.OpenGroup(ctx, "discord", "passing")
	if err != nil {
		log.Fatal(err)
	}
	id := opened.Stream.GetStreamId()
	revision, err := client.DeleteStream(ctx, id, chatapi.Etag(opened.Stream.GetEtag()))
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Stream(ctx, id, chatapi.AtLeastRevision(revision))
	fmt.Println(chatapi.IsNotFound(err), chatapi.IsDeleted(err))
	// Output: true true
}

func ExampleError() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	_, err := client.GroupStream(ctx, "")

	var failure *chatapi.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.Method, failure.Code, failure.Reason)
		for _, violation := range failure.Fields {
			fmt.Println(violation.Field)
		}
	}
	// Output:
	// GetStreamByGroupId InvalidArgument ERROR_REASON_INVALID_FIELD
	// group_id
}

func ExampleIsNotFound() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	_, err := client.Stream(ctx, "unknown")
	if chatapi.IsNotFound(err) {
		fmt.Println("no such stream")
	}
	// Output: no such stream
}

func ExampleWithConnect() {
	ctx := context.Background()
	address := os.Getenv("CHATAPI_HTTP_ADDRESS") // such as http://127.0.0.1:8080

	client, err := chatapi.New(ctx, chatapi.WithAddress(address), chatapi.WithConnect(http.DefaultClient))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	summary, err := client.Summary(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary.GetTotalStreams())
	// Output: 3
}

func ExampleWithWaitForServer() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	client, err := chatapi.New(ctx, chatapi.WithWaitForServer())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	// Output:
}
