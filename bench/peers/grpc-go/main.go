// Command grpc-go answers lookups and lists as the service does, by grpc-go from a map in memory: what the usual server of
// another language makes of the same questions. It takes the streams from a file with an encoded GetAllStreamsResponse and
// prints its port.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: grpc-go STREAMS_FILE")
	}
	directory, err := readDirectory(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	chatapiv1.RegisterChatApiServer(server, directory)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(server.Serve(listener))
}

// directory is all streams: by group, and by platform in their order.
type directory struct {
	chatapiv1.UnimplementedChatApiServer
	byGroup map[chat]*chatapiv1.ChatStream
	streams map[string][]*chatapiv1.ChatStream
}

type chat struct{ platform, id string }

func readDirectory(path string) (*directory, error) {
	encoded, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all chatapiv1.GetAllStreamsResponse
	if err := proto.Unmarshal(encoded, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	d := &directory{byGroup: map[chat]*chatapiv1.ChatStream{}, streams: map[string][]*chatapiv1.ChatStream{}}
	for _, stream := range all.GetStreams() {
		d.byGroup[chat{stream.GetPlatform(), stream.GetGroupInfo().GetGroupId()}] = stream
		d.streams[stream.GetPlatform()] = append(d.streams[stream.GetPlatform()], stream)
	}
	return d, nil
}

func (d *directory) GetStreamByGroupId(_ context.Context, request *chatapiv1.GetStreamByGroupIdRequest) (*chatapiv1.GetStreamByGroupIdResponse, error) {
	stream := d.byGroup[chat{platformOf(request.Platform), request.GetGroupId()}]
	return &chatapiv1.GetStreamByGroupIdResponse{Stream: stream}, nil
}

func (d *directory) GetAllStreams(_ context.Context, request *chatapiv1.GetAllStreamsRequest) (*chatapiv1.GetAllStreamsResponse, error) {
	streams := d.streams[platformOf(request.Platform)]
	return &chatapiv1.GetAllStreamsResponse{Streams: streams, TotalSize: int32(len(streams))}, nil
}

func platformOf(asked *string) string {
	if asked == nil {
		return "qq"
	}
	return *asked
}
