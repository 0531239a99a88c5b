// Command announce sends a text to every group, on all platforms, in which nothing was said for a while.
//
//	announce -quiet 24h "The bot is back."
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"time"

	chatapi "github.com/chatapi/chatapi/clients/go"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

func main() {
	log.SetFlags(0)
	quiet := flag.Duration("quiet", 24*time.Hour, "how long nothing was said")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("expected one argument, the text")
	}
	ctx := context.Background()
	client, err := chatapi.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	groups, err := quietGroups(ctx, client, time.Now().Add(-*quiet))
	if err != nil {
		log.Fatal(err)
	}
	for _, stream := range groups {
		send(stream, flag.Arg(0))
	}
}

func quietGroups(ctx context.Context, client *chatapi.Client, since time.Time) ([]*chatapiv1.ChatStream, error) {
	var quiet []*chatapiv1.ChatStream
	for stream, err := range client.GroupStreams(ctx, chatapi.OnAllPlatforms()) {
		if err != nil {
			return nil, err // rather no announcement than one to some of the groups
		}
		if stream.GetLastActiveTime().AsTime().Before(since) {
			quiet = append(quiet, stream)
		}
	}
	return quiet, nil
}

// send stands in for what the bot sends with.
func send(stream *chatapiv1.ChatStream, text string) {
	fmt.Printf("to %s: %s\n", stream.GetDisplayName(), text)
}
