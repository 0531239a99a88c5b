"""One object for each stream, as long as the process lives: as in the bot, where plugins compare streams with `is`."""

from __future__ import annotations

from collections.abc import Iterable

from .._fork import ForkSafeLock
from ..v1 import chat_api_pb2 as pb
from .stream import ChatStream, GroupInfo, UserInfo

_LEARNING = ForkSafeLock()


class StreamMap:
    """Turns streams off the wire into objects.

    Streams are recognised by their bytes: nearly all of a list came before, and a look at the bytes costs a fortieth of
    decoding them. It grows to the size of the directory.
    """

    def __init__(self) -> None:
        self._by_bytes: dict[bytes, ChatStream] = {}
        self._by_id: dict[str, tuple[ChatStream, bytes]] = {}
        self.changes = 0
        """How often a stream came that was not known like this. While it stands still, no object has changed."""

    @property
    def known(self) -> int:
        """How many streams have an object."""
        return len(self._by_id)

    def stream(self, data: bytes) -> ChatStream:
        """The object of one encoded stream, with the attributes that the bytes say."""
        return self._by_bytes.get(data) or self._learn(data)

    def streams(self, frames: Iterable[bytes]) -> list[ChatStream]:
        """The objects of many."""
        known = self._by_bytes.get
        return [known(data) or self._learn(data) for data in frames]

    def _learn(self, data: bytes) -> ChatStream:
        message = pb.ChatStream.FromString(data)
        with _LEARNING:
            stream, old = self._by_id.get(message.stream_id, (None, b""))
            if stream is None:
                stream = ChatStream.__new__(ChatStream)
                stream.context = None
            _fill(stream, message)
            self._by_bytes.pop(old, None)
            self._by_id[message.stream_id] = (stream, data)
            self._by_bytes[data] = stream
            self.changes += 1
        return stream


def _fill(stream: ChatStream, message: pb.ChatStream) -> None:
    stream.stream_id = message.stream_id
    stream.platform = message.platform
    stream.user_info = _user_info(message.user_info)
    stream.group_info = _group_info(message.group_info) if message.HasField("group_info") else None
    # The server keeps times as the bot does, as a double of seconds. A nanosecond is far below what a double of our
    # times can tell apart, so this sum rounds to the very double.
    stream.create_time = message.create_time.seconds + message.create_time.nanos / 1e9
    stream.last_active_time = message.last_active_time.seconds + message.last_active_time.nanos / 1e9
    stream.account_id = message.account_id
    stream.scope = message.scope
    stream.saved = True


def _user_info(message: pb.UserInfo) -> UserInfo:
    """Not recorded is `''` here, field by field: so does the bot load it."""
    return UserInfo(message.platform, message.user_id, message.user_nickname, message.user_cardname)


def _group_info(message: pb.GroupInfo) -> GroupInfo:
    name = message.group_name if message.HasField("group_name") else None
    return GroupInfo(message.platform, message.group_id, name)
