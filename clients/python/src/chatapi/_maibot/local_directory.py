"""The bot's streams, as the drop-in reads them from a replica."""

from __future__ import annotations

from contextlib import suppress

from .. import types
from .._replica.chats import GROUP, PRIVATE, Target, by_recency
from .._replica.copy import Copy
from .._replica.following import Following
from .._settings import Settings
from .._writes import WRITES
from ..errors import ChatApiError, Unavailable
from ..v1 import chat_api_pb2 as pb
from .arguments import SpecialTypes
from .directory import Directory
from .queries import Query, counts_query
from .stream import ChatStream

_HEARTBEAT_SECONDS = 5.0
_SNAPSHOT_SECONDS = 120.0
_SPARE = 1_000
"""Objects that are kept for streams which are others now, before they are looked through."""

_LISTED = {
    "GetAllStreams": None,
    "GetGroupStreams": int(pb.STREAM_TYPE_GROUP),
    "GetPrivateStreams": int(pb.STREAM_TYPE_PRIVATE),
}
_KINDS = {"group_id": GROUP, "user_id": PRIVATE}

_Lists = dict[tuple[str, str | None], tuple[int, list[ChatStream]]]


class LocalDirectory(Directory):
    """Asks a copy that follows the server. The first question waits for it, and the first one after a write
    until it shows that."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._following = Following(self._connection, None, _HEARTBEAT_SECONDS, _SNAPSHOT_SECONDS, {})
        self._timeout = settings.timeout
        self._writes = WRITES.latest
        # The object of each stream of the copy, by the identity of that.
        self._objects: dict[int, tuple[types.ChatStream, ChatStream]] = {}
        self._lists: _Lists = {}
        self._by_id: tuple[int, dict[str, ChatStream]] = (-1, {})
        self.kept_streams = _LocalStreams(self)

    def close(self) -> None:
        """Ends the watch and the connection."""
        self._following._close()
        super().close()

    def list_streams(self, method: str, platform: str | SpecialTypes) -> list[ChatStream]:
        """As of now, in a list of the caller's own."""
        return self._listed(method, platform).copy()

    def by_id(self) -> dict[str, ChatStream]:
        """All streams, as of now."""
        version, streams = self._by_id
        if version != self._version():
            version = self._version()
            streams = {each.stream_id: each for each in self._listed("GetAllStreams", SpecialTypes.ALL_PLATFORMS)}
            self._by_id = version, streams
        return streams

    def find(self, method: str, field: str, value: str, platform: str | SpecialTypes) -> ChatStream | None:
        """The stream of a group or a user; the most recently active one of several."""
        copy = self._copy()
        where = platform if isinstance(platform, str) else None
        with self._following._lock:
            found = copy.find(Target(_KINDS[field], value), where)
        if not found:
            return None
        return self._object(found[0] if len(found) == 1 else min(found, key=by_recency))

    def get(self, stream_id: object) -> ChatStream | None:
        """The stream of an id."""
        copy = self._copy()
        if not isinstance(stream_id, str):
            return None
        with self._following._lock:
            held = copy.get(stream_id)
        return self._object(held.stream) if held else None

    def counts(self) -> dict[str, int]:
        """How many streams there are, over all platforms."""
        self._copy()
        summary = self._following.get_streams_summary()
        names = ("total_streams", "group_streams", "private_streams", "qq_streams")
        return {name: getattr(summary, name) for name in names}

    def record(self, activity: Query) -> ChatStream:
        """The stream of an activity, which is recorded."""
        answer = self._connection.call(activity.method, activity.request, None)
        self._following._wait_for(answer.revision, self._timeout)
        self._writes = WRITES.latest
        stream = self.get(answer.results[0].stream_id)
        assert stream is not None, "the activity was recorded in it"
        return stream

    def catch_up(self) -> None:
        """Waits until all shows that the server has."""
        query = counts_query()
        answer = self._connection.call(query.method, query.request, None)
        self._following._wait_for(answer.revision, self._timeout)

    def _copy(self) -> Copy:
        if self._writes != WRITES.latest:
            self._writes = WRITES.latest
            # Without a server, what there is has to do.
            with suppress(Unavailable):
                self.catch_up()
        try:
            return self._following._current("WatchStreams")
        except ChatApiError:
            if self._following._copy is not None:
                raise
        self._following._ready(self._timeout)
        return self._following._current("WatchStreams")

    def _version(self) -> int:
        self._copy()
        return self._following._version

    def _listed(self, method: str, platform: str | SpecialTypes) -> list[ChatStream]:
        where = platform if isinstance(platform, str) else None
        version, streams = self._lists.get((method, where), (-1, []))
        if version != self._version():
            copy = self._copy()
            with self._following._lock:
                version = self._following._version
                found = copy.streams(where, _LISTED[method])
            known = self._objects
            streams = [
                pair[1] if (pair := known.get(id(stream))) and pair[0] is stream else self._object(stream)
                for stream in found
            ]
            self._lists[method, where] = version, streams
        return streams

    def _object(self, stream: types.ChatStream) -> ChatStream:
        pair = self._objects.get(id(stream))
        if pair is not None and pair[0] is stream:
            return pair[1]
        return self._learn(stream)

    def _learn(self, stream: types.ChatStream) -> ChatStream:
        made = self._reader.object_of(stream._message.SerializeToString())
        self._objects[id(stream)] = stream, made
        copy = self._copy()
        if len(self._objects) > 2 * len(copy) + _SPARE:
            with self._following._lock:
                current = {id(held.stream) for held in copy}
            self._objects = {key: pair for key, pair in self._objects.items() if key in current}
        return made


class _LocalStreams:
    """All streams by id, for the chat manager."""

    def __init__(self, directory: LocalDirectory) -> None:
        self._directory = directory

    def read(self) -> dict[str, ChatStream]:
        """The streams as the replica has them."""
        return self._directory.by_id()

    def renew(self) -> dict[str, ChatStream]:
        """The streams as the server has them now."""
        self._directory.catch_up()
        return self._directory.by_id()
