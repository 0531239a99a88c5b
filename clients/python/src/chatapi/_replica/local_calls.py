"""The calls that read, answered from a copy."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping

from .. import _requests, errors
from ..errors import Code
from ..types import (
    BatchedStreams,
    ChatStream,
    FoundStream,
    Platform,
    ResolvedStream,
    StreamFilter,
    StreamInfo,
    StreamOrder,
    StreamsSummary,
    StreamType,
)
from ..v1 import chat_api_pb2 as pb
from .chats import DEFAULT_PLATFORM, GROUP, PRIVATE, Target, by_recency, type_of
from .checks import Checks
from .copy import Copy
from .queries import matching
from .resolver import resolve

_CERTAINLY_ALLOWED = 64
"""Characters of an id: less than the contract takes, whatever they are."""
_NOT_FOUND = FoundStream(stream=None)


class LocalCalls(ABC):
    """The calls of a client that read, with its arguments, results and exceptions; they wait for nothing.

    - `at_least_revision`: raises Unavailable where the replica is not there yet; `wait_for` waits.
    - `platform`: a name such as `"telegram"`, or `chatapi.ALL_PLATFORMS`; None means `"qq"`.
    """

    _aliases: Mapping[str, str]
    _lock: threading.Lock
    """Held by whoever reads more of a copy than one attribute, or changes it."""

    @abstractmethod
    def _current(self, method: str, at_least_revision: str = "") -> Copy:
        """The copy. Raises where there is none yet, or none that is new enough."""

    @abstractmethod
    def _was_deleted(self, stream_id: str) -> bool: ...

    def get_all_streams(
        self, *, platform: str | Platform | None = None, at_least_revision: str = ""
    ) -> list[ChatStream]:
        """Returns all streams of a platform, in the order in which the directory learnt of them."""
        return self._list("GetAllStreams", None, platform, at_least_revision)

    def get_group_streams(
        self, *, platform: str | Platform | None = None, at_least_revision: str = ""
    ) -> list[ChatStream]:
        """Returns the group streams of a platform. As `get_all_streams`."""
        return self._list("GetGroupStreams", pb.STREAM_TYPE_GROUP, platform, at_least_revision)

    def get_private_streams(
        self, *, platform: str | Platform | None = None, at_least_revision: str = ""
    ) -> list[ChatStream]:
        """Returns the private streams of a platform. As `get_all_streams`."""
        return self._list("GetPrivateStreams", pb.STREAM_TYPE_PRIVATE, platform, at_least_revision)

    def get_stream_by_group_id(
        self, group_id: str, *, platform: str | Platform | None = None, at_least_revision: str = ""
    ) -> FoundStream:
        """Finds the stream of a group by the group's id. Finding none is no error."""
        return self._find("GetStreamByGroupId", "group_id", GROUP, group_id, platform, at_least_revision)

    def get_stream_by_user_id(
        self, user_id: str, *, platform: str | Platform | None = None, at_least_revision: str = ""
    ) -> FoundStream:
        """Finds the private stream of a user by the user's id. As `get_stream_by_group_id`."""
        return self._find("GetStreamByUserId", "user_id", PRIVATE, user_id, platform, at_least_revision)

    def get_stream_type(self, stream: str | ChatStream, *, at_least_revision: str = "") -> StreamType:
        """Tells whether a stream, given by id or as itself, is a group or a private chat.

        Raises:
            NotFound: no stream has the id.
        """
        return StreamType(type_of(self._meant("GetStreamType", stream, at_least_revision)))

    def get_stream_info(self, stream: str | ChatStream, *, at_least_revision: str = "") -> StreamInfo:
        """Tells the few facts that most plugins want of a stream, flat. As `get_stream_type`."""
        message = self._meant("GetStreamInfo", stream, at_least_revision)
        group = message.group_info if message.HasField("group_info") else None
        user = message.user_info if message.HasField("user_info") else None
        return StreamInfo(
            stream_id=message.stream_id,
            platform=message.platform,
            type=StreamType(type_of(message)),
            group_id=group.group_id if group else None,
            group_name=group.group_name if group and group.HasField("group_name") else None,
            user_id=user.user_id if user else None,
            user_name=user.user_nickname if user and user.HasField("user_nickname") else None,
        )

    def get_streams_summary(self, *, at_least_revision: str = "") -> StreamsSummary:
        """Counts the streams of all platforms."""
        copy = self._current("GetStreamsSummary", at_least_revision)
        with self._lock:
            counts = dict(copy.counts)
        of_types: Counter[int] = Counter()
        of_platforms: Counter[str] = Counter()
        for (platform, type), count in counts.items():
            of_types[type] += count
            of_platforms[platform] += count
        return StreamsSummary(
            total_streams=sum(counts.values()),
            group_streams=of_types[pb.STREAM_TYPE_GROUP],
            private_streams=of_types[pb.STREAM_TYPE_PRIVATE],
            qq_streams=of_platforms[DEFAULT_PLATFORM],
            unknown_streams=of_types[pb.STREAM_TYPE_UNKNOWN],
            platform_streams=dict(of_platforms),
        )

    def get_stream(self, stream_id: str, *, at_least_revision: str = "") -> ChatStream:
        """Returns the stream with this id, or with this alias.

        Raises:
            NotFound: there is none.
        """
        return self._by_id("GetStream", stream_id, at_least_revision)

    def batch_get_streams(self, stream_ids: Iterable[str], *, at_least_revision: str = "") -> BatchedStreams:
        """Returns up to 1,000 streams by id, and names the ids that are unknown."""
        ids = list(stream_ids)
        checks = Checks("BatchGetStreams")
        checks.stream_ids(ids)
        checks.assert_none()
        copy = self._current("BatchGetStreams", at_least_revision)
        with self._lock:
            found = {stream_id: copy.get(stream_id) for stream_id in ids}
        streams = {held.message.stream_id: held.stream for held in found.values() if held}
        missing = tuple(stream_id for stream_id, held in found.items() if held is None)
        return BatchedStreams(streams=tuple(streams.values()), missing_stream_ids=missing)

    def query_streams(
        self,
        filter: StreamFilter | None = None,
        *,
        order_by: StreamOrder = StreamOrder.POSITION,
        limit: int | None = None,
        at_least_revision: str = "",
    ) -> list[ChatStream]:
        """Returns the streams that a filter matches, of all platforms unless it names some: all of them, or the first.

        Raises:
            ValueError: `limit` is less than 1, or a time has no time zone.
        """
        if limit is not None and limit < 1:
            raise ValueError(f"limit: expected at least 1, got {limit}")
        wanted = pb.StreamFilter() if filter is None else _requests.stream_filter("filter", filter)
        checks = Checks("QueryStreams")
        checks.filter(wanted)
        checks.assert_none()
        copy = self._current("QueryStreams", at_least_revision)
        with self._lock:
            return [held.stream for held in matching(copy, wanted, order_by)[:limit]]

    def resolve_stream(
        self, target: str, *, platform: str | Platform | None = None, at_least_revision: str = ""
    ) -> ResolvedStream:
        """Finds out which stream a text means: an id, a number, `qq:group:ID`, a name, or what other bots write.

        Finding none, or several, is no error. `platform` leaves out streams of others.
        """
        checks = Checks("ResolveStream")
        checks.target(target)
        checks.platform(platform)
        checks.assert_none()
        copy = self._current("ResolveStream", at_least_revision)
        with self._lock:
            return resolve(copy, target, platform, self._aliases)

    def batch_resolve_streams(
        self, targets: Iterable[str], *, platform: str | Platform | None = None, at_least_revision: str = ""
    ) -> tuple[ResolvedStream, ...]:
        """Finds out which streams up to 1,000 texts mean, in their order. As `resolve_stream`."""
        texts = list(targets)
        checks = Checks("BatchResolveStreams")
        checks.targets(texts)
        checks.platform(platform)
        checks.assert_none()
        copy = self._current("BatchResolveStreams", at_least_revision)
        with self._lock:
            return tuple(resolve(copy, text, platform, self._aliases) for text in texts)

    def get(self, stream_id: str) -> ChatStream | None:
        """Returns the stream with this id, or with this alias; None where there is none."""
        copy = self._current("GetStream")
        with self._lock:
            held = copy.get(stream_id)
        return held.stream if held else None

    def resolve(self, target: str, *, platform: str | Platform | None = None) -> ChatStream | None:
        """Returns the one stream that a text means; None where it means none, or may mean several."""
        return self.resolve_stream(target, platform=platform).stream

    def query(
        self, filter: StreamFilter | None = None, *, order_by: StreamOrder = StreamOrder.POSITION
    ) -> list[ChatStream]:
        """Returns the streams that a filter matches, in an order."""
        return self.query_streams(filter, order_by=order_by)

    def _list(
        self, method: str, type: int | None, platform: str | Platform | None, at_least_revision: str
    ) -> list[ChatStream]:
        checks = Checks(method)
        wanted = checks.platform(platform)
        checks.assert_none()
        copy = self._current(method, at_least_revision)
        with self._lock:
            return copy.streams(wanted, type)

    def _find(
        self, method: str, field: str, kind: str, id: str, platform: str | Platform | None, at_least_revision: str
    ) -> FoundStream:
        if platform is None and type(id) is str and 0 < len(id) <= _CERTAINLY_ALLOWED:
            wanted: str | None = DEFAULT_PLATFORM
        else:
            checks = Checks(method)
            checks.chat_id(field, id)
            wanted = checks.platform(platform)
            checks.assert_none()
        copy = self._current(method, at_least_revision)
        with self._lock:
            found = copy.find(Target(kind, id), wanted)
        if len(found) > 1:
            found.sort(key=by_recency)
            return FoundStream(stream=found[0], other_stream_ids=tuple(stream.stream_id for stream in found[1:]))
        return FoundStream(stream=found[0]) if found else _NOT_FOUND

    def _meant(self, method: str, stream: str | ChatStream, at_least_revision: str) -> pb.ChatStream:
        if isinstance(stream, str):
            return self._by_id(method, stream, at_least_revision)._message
        if not isinstance(stream, ChatStream):
            raise TypeError(f"stream: expected str or ChatStream, got {type(stream).__name__}")
        self._current(method, at_least_revision)
        shown = stream.message
        # A user or a group without an id is not recorded.
        if not shown.group_info.group_id:
            shown.ClearField("group_info")
        if not shown.user_info.user_id:
            shown.ClearField("user_info")
        return shown

    def _by_id(self, method: str, stream_id: str, at_least_revision: str) -> ChatStream:
        checks = Checks(method)
        checks.stream_id(stream_id)
        checks.assert_none()
        copy = self._current(method, at_least_revision)
        with self._lock:
            held = copy.get(stream_id)
        if held is not None:
            return held.stream
        was_deleted = self._was_deleted(stream_id)
        raise errors.NotFound(
            f"the stream {stream_id} was deleted" if was_deleted else f"no stream has the id {stream_id}",
            code=Code.NOT_FOUND,
            reason="ERROR_REASON_STREAM_DELETED" if was_deleted else "ERROR_REASON_STREAM_NOT_FOUND",
            metadata={"stream_id": stream_id},
            method=method,
        )
