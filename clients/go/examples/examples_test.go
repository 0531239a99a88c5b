// Package examples_test runs the example plugins against a real server.
package examples_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	chatapi "github.com/chatapi/chatapi/clients/go"
	"github.com/chatapi/chatapi/clients/go/internal/servertest"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

func TestExamples(t *testing.T) {
	server := servertest.New(t)
	now := time.Now().UTC().Truncate(time.Second)
	record(t, server.GRPC, now)
	folder := t.TempDir()
	build := exec.Command("go", "build", "-o", folder, "./...")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, test := range []struct {
		name    string
		command []string
		input   string
		want    string
	}{
		{
			"replies in the allowed groups only",
			[]string{"allowed-groups", "941657197", "telegram:7"},
			"a544edeb1a9b73e3e1d77dff36e41264 hello bot\n" + // the allowed group
				"48a28569f6c4684902983804936cb9ed hi\n" + // allowed on telegram, not on qq
				"b8f3a2f1a141dab0218071e5af2d3e1e psst\n" + // a private chat
				"00000000000000000000000000000000 who?\n", // nobody knows
			"a544edeb1a9b73e3e1d77dff36e41264 You said: hello bot\n",
		},
		{
			"announces to the quiet groups",
			[]string{"announce", "-quiet", "24h", "The bot is back."},
			"",
			"to MaiBot (qq:group:941657197): The bot is back.\nto Readers (telegram:group:7): The bot is back.\n",
		},
		{
			"tells where it was last talked to",
			[]string{"last-talked", "-n", "2"},
			"",
			now.Format(time.RFC3339) + " Busy (qq:group:2)\n" +
				now.Add(-time.Minute).Format(time.RFC3339) + " Others (qq:group:7)\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			command := exec.Command(filepath.Join(folder, test.command[0]), test.command[1:]...)
			command.Env = append(os.Environ(), "CHATAPI_ADDRESS="+server.GRPC)
			command.Stdin = strings.NewReader(test.input)
			output, err := command.CombinedOutput()
			if err != nil || string(output) != test.want {
				t.Fatalf("%v, got\n%s\nwant\n%s", err, output, test.want)
			}
		})
	}
}

// record records chats that were active long ago, and two that are busy now.
func record(t *testing.T, address string, now time.Time) {
	t.Helper()
	ctx := context.Background()
	client, err := chatapi.New(ctx, chatapi.WithAddress(address))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	longAgo := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	in := func(platform, id, name string, active time.Time) *chatapiv1.Activity {
		return &chatapiv1.Activity{
			Platform: platform, GroupInfo: &chatapiv1.GroupInfo{GroupId: id, GroupName: &name},
			ActiveTime: timestamppb.New(active),
		}
	}
	private := in("qq", "", "", longAgo)
	private.GroupInfo = nil
	name := "Mai"
	private.UserInfo = &chatapiv1.UserInfo{UserId: "1787882683", UserNickname: &name}
	_, err = client.RecordActivity(ctx,
		in("qq", "941657197", "MaiBot", longAgo), private, in("telegram", "7", "Readers", longAgo.Add(-time.Hour)),
		in("qq", "2", "Busy", now), in("qq", "7", "Others", now.Add(-time.Minute)))
	if err != nil {
		t.Fatal(err)
	}
}
