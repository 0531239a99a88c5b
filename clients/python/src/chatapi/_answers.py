"""From the message that came over the wire to what a method returns."""

from __future__ import annotations

from datetime import timedelta

from .types import (
    ActivityResult,
    AlteredRow,
    BatchedStreams,
    ChangedStream,
    ChatStream,
    DeletedStream,
    Duplicate,
    DuplicateReason,
    FoundStream,
    ImportReport,
    ListedDuplicates,
    OpenedStream,
    Outcome,
    RecordedActivity,
    RefusedRow,
    Resolution,
    ResolveCandidate,
    ResolvedStream,
    ServerInfo,
    Spelling,
    StreamInfo,
    StreamsSummary,
    StreamType,
    _to_datetime,
)
from .v1 import chat_api_pb2 as pb


def found(answer: pb.GetStreamByGroupIdResponse | pb.GetStreamByUserIdResponse) -> FoundStream:
    return FoundStream(
        stream=ChatStream(answer.stream) if answer.HasField("stream") else None,
        other_stream_ids=tuple(answer.other_stream_ids),
    )


def resolved(answer: pb.ResolveStreamResponse) -> ResolvedStream:
    return ResolvedStream(
        stream=ChatStream(answer.stream) if answer.HasField("stream") else None,
        resolution=Resolution(answer.resolution),
        candidates=tuple(
            ResolveCandidate(stream=ChatStream(each.stream), spelling=Spelling(each.spelling))
            for each in answer.candidates
        ),
    )


def duplicates(answer: pb.ListDuplicatesResponse) -> ListedDuplicates:
    return ListedDuplicates(
        duplicates=tuple(
            Duplicate(streams=tuple(map(ChatStream, each.streams)), reason=DuplicateReason(each.reason))
            for each in answer.duplicates
        ),
        more=answer.more,
        revision=answer.revision,
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


def changed(answer: pb.UpdateStreamResponse | pb.MergeStreamsResponse) -> ChangedStream:
    return ChangedStream(stream=ChatStream(answer.stream), revision=answer.revision)


def deleted(answer: pb.DeleteStreamResponse) -> DeletedStream:
    return DeletedStream(revision=answer.revision)


def recorded(answer: pb.RecordActivityResponse) -> RecordedActivity:
    return RecordedActivity(
        results=tuple(ActivityResult(stream_id=r.stream_id, outcome=Outcome(r.outcome)) for r in answer.results),
        revision=answer.revision,
    )


def server_info(answer: pb.GetServerInfoResponse) -> ServerInfo:
    return ServerInfo(
        version=answer.version,
        store=answer.store,
        revision=answer.revision,
        lag=timedelta(seconds=answer.lag.seconds, microseconds=answer.lag.nanos // 1000),
        streams=answer.streams,
        watchers=answer.watchers,
        followers=answer.followers,
        workers=answer.workers,
        caller_name=answer.caller.name,
        caller_role=pb.Role.Name(answer.caller.role).removeprefix("ROLE_").lower(),
        caller_platforms=tuple(answer.caller.platforms),
        caller_account_ids=tuple(answer.caller.account_ids),
        configuration=dict(answer.configuration),
        start_time=_to_datetime(answer.start_time),
    )


def import_report(answer: pb.FinishImportResponse) -> ImportReport:
    return ImportReport(
        source=answer.source,
        read=answer.read,
        created=answer.created,
        updated=answer.updated,
        unchanged=answer.unchanged,
        refused=answer.refused,
        refused_rows=tuple(
            RefusedRow(place=row.place, stream_id=row.stream_id, why=row.why) for row in answer.refused_rows
        ),
        revision=answer.revision,
        altered=answer.altered,
        altered_rows=tuple(
            AlteredRow(place=row.place, stream_id=row.stream_id, why=row.why) for row in answer.altered_rows
        ),
    )
