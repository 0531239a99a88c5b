"""A replica that answers messages with messages, as the cases ask."""

from __future__ import annotations

from datetime import timezone
from typing import Any

import chatapi
from chatapi.v1 import chat_api_pb2 as pb


class NotAskedOfReplicas(Exception):
    """Pages, and enum values that no method takes: a client that is typed has no way to ask for them."""


class ReplicaCaller:
    """Reads from a replica what it has written through a client, and asks that for what no replica answers."""

    def __init__(self, client: chatapi.Client, replica: chatapi.Replica) -> None:
        self._client = client
        self._replica = replica
        self._written = ""

    def call(self, method: str, request: Any) -> Any:
        read = getattr(self, f"_{method}", None)
        if read is None:
            answer = self._client.call(method, request)
            self._written = getattr(answer, "revision", "") or self._written
            return answer
        self._replica.wait_for(self._written)
        if getattr(request, "page_size", 0) or getattr(request, "page_token", ""):
            raise NotAskedOfReplicas
        return read(request)

    def _GetAllStreams(self, request: Any) -> Any:  # noqa: N802
        return self._list(pb.GetAllStreamsResponse, self._replica.get_all_streams(**_platform(request)))

    def _GetGroupStreams(self, request: Any) -> Any:  # noqa: N802
        return self._list(pb.GetGroupStreamsResponse, self._replica.get_group_streams(**_platform(request)))

    def _GetPrivateStreams(self, request: Any) -> Any:  # noqa: N802
        return self._list(pb.GetPrivateStreamsResponse, self._replica.get_private_streams(**_platform(request)))

    def _GetStreamByGroupId(self, request: Any) -> Any:  # noqa: N802
        found = self._replica.get_stream_by_group_id(request.group_id, **_platform(request))
        return _found(pb.GetStreamByGroupIdResponse, found)

    def _GetStreamByUserId(self, request: Any) -> Any:  # noqa: N802
        found = self._replica.get_stream_by_user_id(request.user_id, **_platform(request))
        return _found(pb.GetStreamByUserIdResponse, found)

    def _GetStreamType(self, request: Any) -> Any:  # noqa: N802
        return pb.GetStreamTypeResponse(type=self._replica.get_stream_type(_target(request), **_revision(request)))

    def _GetStreamInfo(self, request: Any) -> Any:  # noqa: N802
        info = self._replica.get_stream_info(_target(request), **_revision(request))
        return pb.GetStreamInfoResponse(info=pb.StreamInfo(**vars(info)))

    def _GetStreamsSummary(self, request: Any) -> Any:  # noqa: N802
        return pb.GetStreamsSummaryResponse(**vars(self._replica.get_streams_summary(**_revision(request))))

    def _GetStream(self, request: Any) -> Any:  # noqa: N802
        stream = self._replica.get_stream(request.stream_id, **_revision(request))
        alias_id = "" if stream.stream_id == request.stream_id else request.stream_id
        return pb.GetStreamResponse(stream=stream.message, alias_id=alias_id)

    def _BatchGetStreams(self, request: Any) -> Any:  # noqa: N802
        batched = self._replica.batch_get_streams(request.stream_ids, **_revision(request))
        messages = [stream.message for stream in batched.streams]
        aliases = {alias: message.stream_id for message in messages for alias in message.alias_ids}
        return pb.BatchGetStreamsResponse(
            streams=messages,
            missing_stream_ids=batched.missing_stream_ids,
            aliases={asked: aliases[asked] for asked in request.stream_ids if asked in aliases},
        )

    def _QueryStreams(self, request: Any) -> Any:  # noqa: N802
        filter = chatapi.StreamFilter(
            **{name: getattr(request.filter, name) for name in _TEXTS},
            types=[chatapi.StreamType(type) for type in request.filter.types],
            labels=dict(request.filter.labels),
            **{name: _time(request.filter, name) for name in ("active_since", "quiet_since", "created_since")},
        )
        streams = self._replica.query_streams(
            filter, order_by=chatapi.StreamOrder(request.order_by), **_revision(request)
        )
        return self._list(pb.QueryStreamsResponse, streams)

    def _ResolveStream(self, request: Any) -> Any:  # noqa: N802
        return _resolved(self._replica.resolve_stream(request.target, **_platform(request)))

    def _BatchResolveStreams(self, request: Any) -> Any:  # noqa: N802
        resolved = self._replica.batch_resolve_streams(request.targets, **_platform(request))
        return pb.BatchResolveStreamsResponse(results=map(_resolved, resolved))

    def _list(self, response: Any, streams: list[chatapi.ChatStream]) -> Any:
        messages = [stream.message for stream in streams]
        return response(streams=messages, total_size=len(messages), revision=self._replica.revision)


_TEXTS = (
    *("platforms", "account_ids", "scopes", "stream_ids", "group_ids", "user_ids"),
    *("exclude_stream_ids", "name_contains"),
)


def _revision(request: Any) -> dict[str, str]:
    return {"at_least_revision": request.at_least_revision}


def _platform(request: Any) -> dict[str, Any]:
    if request.special_type not in (0, 1) or (request.special_type and request.HasField("platform")):
        raise NotAskedOfReplicas
    named = request.platform if request.HasField("platform") else None
    platform = chatapi.ALL_PLATFORMS if request.special_type else named
    return {"platform": platform, **_revision(request)}


def _target(request: Any) -> Any:
    if request.WhichOneof("target") is None:
        raise NotAskedOfReplicas
    return chatapi.ChatStream(request.chat_stream) if request.HasField("chat_stream") else request.stream_id


def _time(filter: Any, name: str) -> Any:

    return getattr(filter, name).ToDatetime(tzinfo=timezone.utc) if filter.HasField(name) else None


def _found(response: Any, found: chatapi.FoundStream) -> Any:
    stream = found.stream.message if found.stream else None
    return response(stream=stream, other_stream_ids=found.other_stream_ids)


def _resolved(resolved: chatapi.ResolvedStream) -> Any:
    return pb.ResolveStreamResponse(
        stream=resolved.stream.message if resolved.stream else None,
        resolution=resolved.resolution,
        candidates=[
            pb.ResolveCandidate(stream=each.stream.message, spelling=each.spelling) for each in resolved.candidates
        ],
    )


__all__ = ["NotAskedOfReplicas", "ReplicaCaller"]
