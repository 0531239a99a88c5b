"""From the message that came over the wire to what a method returns."""

from __future__ import annotations

from .types import (
    ActivityResult,
    BatchedStreams,
    ChatStream,
    FoundStream,
    OpenedStream,
    Outcome,
    RecordedActivity,
    StreamInfo,
    StreamsSummary,
    StreamType,
)
from .v1 import chat_api_pb2 as pb


def found(answer: pb.GetStreamByGroupIdResponse | pb.GetStreamByUserIdResponse) -> FoundStream:
    return FoundStream(
        stream=ChatStream(answer.stream) if answer.HasField("stream") else None,
        other_stream_ids=tuple(answer.other_stream_ids),
    )


def info(answer: pb.GetStreamInfoResponse) -> StreamInfo:
    said = answer.info
    return StreamInfo(
        stream_id=said.stream_id,
        platform=said.platform,
        type=StreamType(said.type),
        group_id=said.group_id if said.HasField("group_id") else None,
        group_name=said.group_name if said.HasField("group_name") else None,
        user_id=said.user_id if said.HasField("user_id") else None,
        user_name=said.user_name if said.HasField("user_name") else None,
    )


def summary(answer: pb.GetStreamsSummaryResponse) -> StreamsSummary:
    return StreamsSummary(
        total_streams=answer.total_streams,
        group_streams=answer.group_streams,
        private_streams=answer.private_streams,
        qq_streams=answer.qq_streams,
        unknown_streams=answer.unknown_streams,
        platform_streams=dict(answer.platform_streams),
    )


def batched(answer: pb.BatchGetStreamsResponse) -> BatchedStreams:
    return BatchedStreams(
        streams=tuple(map(ChatStream, answer.streams)),
        missing_stream_ids=tuple(answer.missing_stream_ids),
    )


def opened(answer: pb.OpenStreamResponse) -> OpenedStream:
    return OpenedStream(
        stream=ChatStream(answer.stream),
        created=answer.created,
        other_stream_ids=tuple(answer.other_stream_ids),
        revision=answer.revision,
    )


def recorded(answer: pb.RecordActivityResponse) -> RecordedActivity:
    return RecordedActivity(
        results=tuple(ActivityResult(stream_id=r.stream_id, outcome=Outcome(r.outcome)) for r in answer.results),
        revision=answer.revision,
    )
