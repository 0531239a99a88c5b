"""The streams of a replica."""

from __future__ import annotations

import base64
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from ..types import ChatStream
from ..v1 import chat_api_pb2 as pb
from .chats import GROUP, PRIVATE, Target, is_led_to, target_of, targets_of, type_of


class Held:
    """A stream, as it is now, and its place in the order of lists."""

    __slots__ = ("is_merged", "place", "platform", "stream")

    def __init__(self, place: tuple[int, str], stream: ChatStream) -> None:
        self.place: tuple[int, str] = place
        self.stream: ChatStream = stream
        # At hand, since reading them off the message takes most of the time of a lookup.
        self.platform: str = sys.intern(stream._message.platform)
        self.is_merged: bool = bool(stream._message.merged_chats)

    @property
    def message(self) -> pb.ChatStream:
        return self.stream._message


class _Index:
    """Mostly one stream for each key, which then stands there without a list around it."""

    def __init__(self) -> None:
        self._held: dict[str, Held | list[Held]] = {}

    def get(self, key: str) -> list[Held]:
        found = self._held.get(key)
        if found is None:
            return []
        return found if isinstance(found, list) else [found]

    def add(self, key: str, held: Held) -> None:
        known = self.get(key)
        if held not in known:
            self._held[key] = [*known, held] if known else held

    def remove(self, key: str, held: Held) -> None:
        others = [other for other in self.get(key) if other is not held]
        if len(others) > 1:
            self._held[key] = others
        elif others:
            self._held[key] = others[0]
        else:
            self._held.pop(key, None)


class _List:
    """The streams of a type on a platform, in the order of lists."""

    def __init__(self, platform: str | None, type: int | None, streams: Iterable[Held]) -> None:
        self._platform = platform
        self._type = type
        self.held = sorted((held for held in streams if self.has(held.message)), key=_place)
        self._streams: list[ChatStream] | None = None

    def has(self, message: pb.ChatStream) -> bool:
        return (self._platform is None or message.platform == self._platform) and (
            self._type is None or type_of(message) == self._type
        )

    def streams(self) -> list[ChatStream]:
        """In a list that is the caller's."""
        if self._streams is None:
            self._streams = [held.stream for held in self.held]
        return self._streams.copy()

    def touch(self) -> None:
        self._streams = None

    def add(self, held: Held) -> None:
        self.held.insert(bisect_left(self.held, held.place, key=_place), held)
        self.touch()

    def remove(self, held: Held) -> None:
        del self.held[bisect_left(self.held, held.place, key=_place)]
        self.touch()


class Copy:
    """Streams by id, by target, and in the order of lists."""

    def __init__(self) -> None:
        self.digest: int = 0
        """The XOR of the etags, as bookmarks have it."""
        self.counts: dict[tuple[str, int], int] = {}
        """How many there are of a platform and a type."""
        self._by_id: dict[str, Held] = {}
        self._by_alias: _Index = _Index()
        self._by_target: dict[str, _Index] = {GROUP: _Index(), PRIVATE: _Index()}
        self._lists: dict[tuple[str | None, int | None], _List] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Held]:
        return iter(self._by_id.values())

    def put(self, message: pb.ChatStream, position: int) -> ChatStream | None:
        """Writes a stream, new or known. Returns what it was."""
        held = self._by_id.get(message.stream_id)
        before = held.stream if held else None
        place = (position, message.stream_id)
        if held and held.place == place and _is_indexed_alike(held.message, message):
            self.digest ^= _number(held.message.etag) ^ _number(message.etag)
            held.stream = ChatStream(message)
            for each in self._lists.values():
                if each.has(message):
                    each.touch()
            return before
        if held:
            self._remove(held)
        self._insert(Held(place, ChatStream(message)))
        return before

    def delete(self, stream_id: str) -> ChatStream | None:
        """Removes a stream. Returns what it was."""
        held = self._by_id.get(stream_id)
        if held is None:
            return None
        self._remove(held)
        return held.stream

    def own(self, stream_id: str) -> Held | None:
        """The stream that has this id itself."""
        return self._by_id.get(stream_id)

    def get(self, stream_id: str) -> Held | None:
        """The stream with this id, else the one that has it for an alias: of several, the first in order."""
        held = self._by_id.get(stream_id)
        return held or min(self._by_alias.get(stream_id), key=_place, default=None)

    def find(self, target: Target, platform: str | None) -> list[ChatStream]:
        """The streams that a target on a platform, or on any, leads to."""
        return [
            held.stream
            for held in self._by_target[target.kind].get(target.id)
            if platform is None
            or (is_led_to(held.message, target, platform) if held.is_merged else held.platform == platform)
        ]

    def streams(self, platform: str | None, type: int | None) -> list[ChatStream]:
        """The streams of a type on a platform, in the order of lists; None means any."""
        return self._list(platform, type).streams()

    def in_order(self, platform: str | None, type: int | None) -> list[Held]:
        """The same with their places, for reading."""
        return self._list(platform, type).held

    def _list(self, platform: str | None, type: int | None) -> _List:
        known = self._lists.get((platform, type))
        if known is None:
            known = self._lists[platform, type] = _List(platform, type, self._by_id.values())
        return known

    def _insert(self, held: Held) -> None:
        message = held.message
        self._by_id[message.stream_id] = held
        for target in targets_of(message):
            self._by_target[target.kind].add(target.id, held)
        for alias_id in message.alias_ids:
            self._by_alias.add(alias_id, held)
        for each in self._lists.values():
            if each.has(message):
                each.add(held)
        self._count(message, 1)

    def _remove(self, held: Held) -> None:
        message = held.message
        del self._by_id[message.stream_id]
        for target in targets_of(message):
            self._by_target[target.kind].remove(target.id, held)
        for alias_id in message.alias_ids:
            self._by_alias.remove(alias_id, held)
        for each in self._lists.values():
            if each.has(message):
                each.remove(held)
        self._count(message, -1)

    def _count(self, message: pb.ChatStream, more: int) -> None:
        self.digest ^= _number(message.etag)
        key = (message.platform, type_of(message))
        count = self.counts.get(key, 0) + more
        if count:
            self.counts[key] = count
        else:
            del self.counts[key]


def _place(held: Held) -> tuple[int, str]:
    return held.place


def _number(etag: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(etag + "=" * (-len(etag) % 4))[:8], "big")


def _is_indexed_alike(a: pb.ChatStream, b: pb.ChatStream) -> bool:
    return (
        a.platform == b.platform
        and target_of(a) == target_of(b)
        and not a.merged_chats
        and not b.merged_chats
        and a.alias_ids == b.alias_ids
    )
