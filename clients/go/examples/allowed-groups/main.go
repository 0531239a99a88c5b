// Command allowed-groups replies in the groups that it is told, and keeps silent everywhere else.
//
//	allowed-groups 941657197 telegram:123
//
// A message is a line of input: the id of the stream from which it comes, a space, the text. A reply is a line of output.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"

	chatapi "github.com/chatapi/chatapi/clients/go"
)

type group struct{ platform, id string }

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	client, err := chatapi.New(ctx, chatapi.WithWaitForServer())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	allowed := parseGroups(os.Args[1:])
	messages := bufio.NewScanner(os.Stdin)
	for messages.Scan() {
		streamID, text, _ := strings.Cut(messages.Text(), " ")
		source, err := groupOf(ctx, client, streamID)
		if err != nil {
			log.Print(err) // one message is lost, the plugin goes on
			continue
		}
		if allowed[source] {
			fmt.Println(streamID, "You said: "+text)
		}
	}
}

// groupOf tells which group a message comes from. A private chat is none, and so is a stream that nobody knows.
func groupOf(ctx context.Context, client *chatapi.Client, streamID string) (group, error) {
	info, err := client.StreamInfo(ctx, streamID)
	if chatapi.IsNotFound(err) {
		return group{}, nil
	}
	if err != nil || info.GroupId == nil {
		return group{}, err
	}
	return group{info.GetPlatform(), info.GetGroupId()}, nil
}

// parseGroups reads PLATFORM:ID, or the ID of a group on qq.
func parseGroups(texts []string) map[group]bool {
	groups := make(map[group]bool)
	for _, text := range texts {
		platform, id, hasPlatform := strings.Cut(text, ":")
		if !hasPlatform {
			platform, id = "qq", text
		}
		groups[group{platform, id}] = true
	}
	return groups
}
