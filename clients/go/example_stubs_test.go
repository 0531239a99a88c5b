package chatapi_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"connectrpc.com/connect"

	chatapi "github.com/chatapi/chatapi/clients/go"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
	"github.com/chatapi/chatapi/gen/go/chatapi/v1/chatapiv1connect"
)

func exampleClient() *chatapi.Client {
	client, err := chatapi.New(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	return client
}

// Pages by hand, for a program that hands their tokens on.
func ExampleClient_Stub() {
	client := exampleClient()
	defer client.Close()
	ctx := context.Background()

	page, err := client.Stub().GetAllStreams(ctx, &chatapiv1.GetAllStreamsRequest{PageSize: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(page.GetStreams()), "of", page.GetTotalSize(), page.GetNextPageToken() != "")
	// Output: 1 of 2 true
}

// The generated connect-go client, without this package.
func Example_connectStubs() {
	ctx := context.Background()
	url := "http://" + os.Getenv("CHATAPI_HTTP_ADDRESS")

	stub := chatapiv1connect.NewChatApiClient(http.DefaultClient, url, connect.WithHTTPGet())
	answer, err := stub.GetStreamByUserId(ctx, connect.NewRequest(&chatapiv1.GetStreamByUserIdRequest{UserId: "1787882683"}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Msg.GetStream().GetDisplayName())
	// Output: Mai (qq:private:1787882683)
}
