package chatapi_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	chatapi "github.com/chatapi/chatapi/clients/go"
	"github.com/chatapi/chatapi/clients/go/internal/servertest"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// The examples find a server where a user's program would, by CHATAPI_ADDRESS.
func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv("CHATAPI_CASES") != "" {
		os.Exit(m.Run())
	}
	if missing := servertest.Missing(); missing != "" && os.Getenv("CI") != "true" {
		fmt.Fprintln(os.Stderr, "SKIPPED the examples, no server:", missing)
		_ = flag.Set("test.skip", "^Example")
		os.Exit(m.Run())
	}
	code, err := withServer(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func withServer(run func() int) (int, error) {
	folder, err := os.MkdirTemp("", "chatapi-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	server, err := servertest.Start(servertest.NewStore(folder))
	if err != nil {
		return 0, err
	}
	defer server.Kill()
	if err := recordExamples(server.GRPC); err != nil {
		return 0, err
	}
	if err := os.Setenv("CHATAPI_HTTP_ADDRESS", server.HTTP); err != nil {
		return 0, err
	}
	if err := os.Setenv("CHATAPI_ADDRESS", server.GRPC); err != nil {
		return 0, err
	}
	return run(), nil
}

func recordExamples(address string) error {
	ctx := context.Background()
	client, err := chatapi.New(ctx, chatapi.WithAddress(address))
	if err != nil {
		return err
	}
	defer client.Close()
	group, user := "MaiBot", "Mai"
	day := func(n int) *timestamppb.Timestamp {
		return timestamppb.New(time.Date(2025, 1, n, 0, 0, 0, 0, time.UTC))
	}
	_, err = client.RecordActivity(ctx,
		&chatapiv1.Activity{Platform: "qq", GroupInfo: &chatapiv1.GroupInfo{GroupId: "941657197", GroupName: &group}, ActiveTime: day(1)},
		&chatapiv1.Activity{Platform: "qq", UserInfo: &chatapiv1.UserInfo{UserId: "1787882683", UserNickname: &user}, ActiveTime: day(2)},
		&chatapiv1.Activity{Platform: "telegram", GroupInfo: &chatapiv1.GroupInfo{GroupId: "941657197", GroupName: &group}, ActiveTime: day(3)},
	)
	return err
}
