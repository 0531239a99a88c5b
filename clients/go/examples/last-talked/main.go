// Command last-talked answers "where was I last talked to?", the latest first.
//
//	last-talked -n 3
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"slices"
	"time"

	chatapi "github.com/chatapi/chatapi/clients/go"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

func main() {
	log.SetFlags(0)
	n := flag.Int("n", 3, "how many chats")
	flag.Parse()
	ctx := context.Background()
	client, err := chatapi.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	streams, err := chatapi.Collect(client.AllStreams(ctx, chatapi.OnAllPlatforms()))
	if err != nil {
		log.Fatal(err)
	}
	slices.SortStableFunc(streams, func(a, b *chatapiv1.ChatStream) int {
		return b.GetLastActiveTime().AsTime().Compare(a.GetLastActiveTime().AsTime())
	})
	for _, stream := range streams[:min(*n, len(streams))] {
		fmt.Println(stream.GetLastActiveTime().AsTime().Format(time.RFC3339), stream.GetDisplayName())
	}
}
