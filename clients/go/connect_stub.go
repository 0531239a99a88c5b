package chatapi

import (
	"context"

	"connectrpc.com/connect"
	"google.golang.org/grpc"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
	"github.com/chatapi/chatapi/gen/go/chatapi/v1/chatapiv1connect"
)

// connectStub has the calls of the gRPC stub and makes them over Connect.
type connectStub struct {
	inner chatapiv1connect.ChatApiClient
}

func overConnect[Request, Answer any](
	ctx context.Context, request *Request,
	call func(context.Context, *connect.Request[Request]) (*connect.Response[Answer], error),
) (*Answer, error) {
	answer, err := call(ctx, connect.NewRequest(request))
	if err != nil {
		return nil, err
	}
	return answer.Msg, nil
}

func (s connectStub) GetAllStreams(ctx context.Context, in *chatapiv1.GetAllStreamsRequest, _ ...grpc.CallOption) (*chatapiv1.GetAllStreamsResponse, error) {
	return overConnect(ctx, in, s.inner.GetAllStreams)
}

func (s connectStub) GetGroupStreams(ctx context.Context, in *chatapiv1.GetGroupStreamsRequest, _ ...grpc.CallOption) (*chatapiv1.GetGroupStreamsResponse, error) {
	return overConnect(ctx, in, s.inner.GetGroupStreams)
}

func (s connectStub) GetPrivateStreams(ctx context.Context, in *chatapiv1.GetPrivateStreamsRequest, _ ...grpc.CallOption) (*chatapiv1.GetPrivateStreamsResponse, error) {
	return overConnect(ctx, in, s.inner.GetPrivateStreams)
}

func (s connectStub) GetStreamByGroupId(ctx context.Context, in *chatapiv1.GetStreamByGroupIdRequest, _ ...grpc.CallOption) (*chatapiv1.GetStreamByGroupIdResponse, error) {
	return overConnect(ctx, in, s.inner.GetStreamByGroupId)
}

func (s connectStub) GetStreamByUserId(ctx context.Context, in *chatapiv1.GetStreamByUserIdRequest, _ ...grpc.CallOption) (*chatapiv1.GetStreamByUserIdResponse, error) {
	return overConnect(ctx, in, s.inner.GetStreamByUserId)
}

func (s connectStub) GetStreamType(ctx context.Context, in *chatapiv1.GetStreamTypeRequest, _ ...grpc.CallOption) (*chatapiv1.GetStreamTypeResponse, error) {
	return overConnect(ctx, in, s.inner.GetStreamType)
}

func (s connectStub) GetStreamInfo(ctx context.Context, in *chatapiv1.GetStreamInfoRequest, _ ...grpc.CallOption) (*chatapiv1.GetStreamInfoResponse, error) {
	return overConnect(ctx, in, s.inner.GetStreamInfo)
}

func (s connectStub) GetStreamsSummary(ctx context.Context, in *chatapiv1.GetStreamsSummaryRequest, _ ...grpc.CallOption) (*chatapiv1.GetStreamsSummaryResponse, error) {
	return overConnect(ctx, in, s.inner.GetStreamsSummary)
}

func (s connectStub) GetStream(ctx context.Context, in *chatapiv1.GetStreamRequest, _ ...grpc.CallOption) (*chatapiv1.GetStreamResponse, error) {
	return overConnect(ctx, in, s.inner.GetStream)
}

func (s connectStub) BatchGetStreams(ctx context.Context, in *chatapiv1.BatchGetStreamsRequest, _ ...grpc.CallOption) (*chatapiv1.BatchGetStreamsResponse, error) {
	return overConnect(ctx, in, s.inner.BatchGetStreams)
}

func (s connectStub) QueryStreams(ctx context.Context, in *chatapiv1.QueryStreamsRequest, _ ...grpc.CallOption) (*chatapiv1.QueryStreamsResponse, error) {
	return overConnect(ctx, in, s.inner.QueryStreams)
}

func (s connectStub) ResolveStream(ctx context.Context, in *chatapiv1.ResolveStreamRequest, _ ...grpc.CallOption) (*chatapiv1.ResolveStreamResponse, error) {
	return overConnect(ctx, in, s.inner.ResolveStream)
}

func (s connectStub) BatchResolveStreams(ctx context.Context, in *chatapiv1.BatchResolveStreamsRequest, _ ...grpc.CallOption) (*chatapiv1.BatchResolveStreamsResponse, error) {
	return overConnect(ctx, in, s.inner.BatchResolveStreams)
}

func (s connectStub) ListDuplicates(ctx context.Context, in *chatapiv1.ListDuplicatesRequest, _ ...grpc.CallOption) (*chatapiv1.ListDuplicatesResponse, error) {
	return overConnect(ctx, in, s.inner.ListDuplicates)
}

func (s connectStub) OpenStream(ctx context.Context, in *chatapiv1.OpenStreamRequest, _ ...grpc.CallOption) (*chatapiv1.OpenStreamResponse, error) {
	return overConnect(ctx, in, s.inner.OpenStream)
}

func (s connectStub) RecordActivity(ctx context.Context, in *chatapiv1.RecordActivityRequest, _ ...grpc.CallOption) (*chatapiv1.RecordActivityResponse, error) {
	return overConnect(ctx, in, s.inner.RecordActivity)
}

func (s connectStub) ExportStreams(ctx context.Context, in *chatapiv1.ExportStreamsRequest, _ ...grpc.CallOption) (grpc.ServerStreamingClient[chatapiv1.ExportStreamsResponse], error) {
	return serverStreamOverConnect(ctx, in, s.inner.ExportStreams)
}

func (s connectStub) GetServerInfo(ctx context.Context, in *chatapiv1.GetServerInfoRequest, _ ...grpc.CallOption) (*chatapiv1.GetServerInfoResponse, error) {
	return overConnect(ctx, in, s.inner.GetServerInfo)
}

func (s connectStub) CreateImport(ctx context.Context, in *chatapiv1.CreateImportRequest, _ ...grpc.CallOption) (*chatapiv1.CreateImportResponse, error) {
	return overConnect(ctx, in, s.inner.CreateImport)
}

func (s connectStub) UploadImportChunk(ctx context.Context, in *chatapiv1.UploadImportChunkRequest, _ ...grpc.CallOption) (*chatapiv1.UploadImportChunkResponse, error) {
	return overConnect(ctx, in, s.inner.UploadImportChunk)
}

func (s connectStub) FinishImport(ctx context.Context, in *chatapiv1.FinishImportRequest, _ ...grpc.CallOption) (*chatapiv1.FinishImportResponse, error) {
	return overConnect(ctx, in, s.inner.FinishImport)
}

func (s connectStub) UpdateStream(ctx context.Context, in *chatapiv1.UpdateStreamRequest, _ ...grpc.CallOption) (*chatapiv1.UpdateStreamResponse, error) {
	return overConnect(ctx, in, s.inner.UpdateStream)
}

func (s connectStub) DeleteStream(ctx context.Context, in *chatapiv1.DeleteStreamRequest, _ ...grpc.CallOption) (*chatapiv1.DeleteStreamResponse, error) {
	return overConnect(ctx, in, s.inner.DeleteStream)
}

func (s connectStub) MergeStreams(ctx context.Context, in *chatapiv1.MergeStreamsRequest, _ ...grpc.CallOption) (*chatapiv1.MergeStreamsResponse, error) {
	return overConnect(ctx, in, s.inner.MergeStreams)
}

func (s connectStub) WatchStreams(ctx context.Context, in *chatapiv1.WatchStreamsRequest, _ ...grpc.CallOption) (grpc.ServerStreamingClient[chatapiv1.WatchStreamsResponse], error) {
	return serverStreamOverConnect(ctx, in, s.inner.WatchStreams)
}
