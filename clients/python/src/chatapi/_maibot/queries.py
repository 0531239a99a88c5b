"""The questions that the drop-in asks: which message to send, and what to make of the bytes that come back."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

from .._fork import ForkSafeLock
from .._methods import METHODS, Method
from .._pages import DEFAULT_PAGE_SIZE
from .._private_messages import message_classes
from ..v1 import chat_api_pb2 as pb
from .arguments import SpecialTypes, check_text
from .identity import StreamMap
from .stream import ChatStream, GroupInfo, UserInfo

# Answers in which each stream is left as bytes. On the wire they are the answers of the contract.
_FRAMES = message_classes(
    "chatapi.private.frames",
    {
        "Streams": [("streams", 1, "repeated bytes"), ("next_page_token", 2, "string")],
        "Stream": [("stream", 1, "bytes")],
        "Opened": [("stream", 1, "bytes"), ("created", 2, "bool")],
    },
)

_LISTS = {name: METHODS[name].decoded_by(bytes) for name in ("GetAllStreams", "GetGroupStreams", "GetPrivateStreams")}
_FINDS = {
    name: METHODS[name].decoded_by(_FRAMES["Stream"].FromString)
    for name in ("GetStreamByGroupId", "GetStreamByUserId", "GetStream")
}
_OPEN = METHODS["OpenStream"].decoded_by(_FRAMES["Opened"].FromString)

_CHAT_TYPES = {"group": pb.STREAM_TYPE_GROUP, "private": pb.STREAM_TYPE_PRIVATE}

# Limits of the contract, in bytes of UTF-8. Longer text is in no stream, so there is nothing to ask.
_MAX_PLATFORM_BYTES = 256
_MAX_ID_BYTES = 512
_MAX_STREAM_ID_BYTES = 255

_KEPT_BYTES = 64 * 1024 * 1024
"""How much of the answers to lists is kept to recognise them. A list of 100,000 streams is about 20 MB."""

_KEEPING = ForkSafeLock()


class Query(NamedTuple):
    """One request."""

    method: Method
    request: Any


class Page(NamedTuple):
    """A list, or a part of one."""

    streams: list[ChatStream]
    next_page_token: str


def list_query(method: str, platform: str | SpecialTypes) -> Query | None:
    """Asks for a complete list. None when no stream can match."""
    if isinstance(platform, SpecialTypes):
        return Query(_LISTS[method], METHODS[method].request(special_type=pb.SPECIAL_TYPE_ALL_PLATFORMS))
    if not _can_be_stored(platform, _MAX_PLATFORM_BYTES):
        return None
    return Query(_LISTS[method], METHODS[method].request(platform=platform))


def page_query(query: Query, page_token: str) -> Query:
    """Asks for a part of what `query` asks for."""
    request = METHODS[query.method.name].request(page_size=DEFAULT_PAGE_SIZE, page_token=page_token)
    request.MergeFrom(query.request)
    return Query(query.method, request)


def find_query(method: str, field: str, value: str, platform: str | SpecialTypes) -> Query | None:
    """Asks for the stream of a group or a user. None when no stream can match."""
    if not _can_be_stored(value, _MAX_ID_BYTES):
        return None
    if isinstance(platform, SpecialTypes):
        target: dict[str, Any] = {"special_type": pb.SPECIAL_TYPE_ALL_PLATFORMS}
    elif _can_be_stored(platform, _MAX_PLATFORM_BYTES):
        target = {"platform": platform}
    else:
        return None
    return Query(_FINDS[method], METHODS[method].request(**{field: value}, **target))


def stream_query(stream_id: object) -> Query | None:
    """Asks for the stream of an id. None when no stream can have it."""
    if not isinstance(stream_id, str) or not _can_be_stored(stream_id, _MAX_STREAM_ID_BYTES):
        return None
    return Query(_FINDS["GetStream"], pb.GetStreamRequest(stream_id=stream_id))


def open_query(platform: str, chat_type: str, user_id: str, group_id: str, account_id: str, scope: str) -> Query:
    """Asks for the stream of a group or a user, made when there is none. Empty text means not given."""
    if chat_type not in _CHAT_TYPES:
        raise ValueError(f"chat_type: expected 'group' or 'private', got {chat_type!r}")
    request = pb.OpenStreamRequest(
        platform=platform,
        type=_CHAT_TYPES[chat_type],
        # Whoever is named beside a group is no part of its identity.
        user_id=None if chat_type == "group" else user_id or None,
        group_id=group_id or None,
        account_id=account_id or None,
        scope=scope or None,
    )
    return Query(_OPEN, request)


def activity_query(platform: str, user_info: UserInfo | None, group_info: GroupInfo | None) -> Query:
    """Records activity in the chat of a group or, without one, of a user. Empty names are not recorded."""
    if not user_info and not group_info:
        raise ValueError("user_info, group_info: at least one of them is needed")
    activity = pb.Activity(platform=check_text("platform", platform))
    if user_info:
        activity.user_info.MergeFrom(
            pb.UserInfo(
                platform=user_info.platform or "",
                user_id=_id_text("user_info.user_id", user_info.user_id),
                user_nickname=user_info.user_nickname or None,
                user_cardname=user_info.user_cardname or None,
            )
        )
    if group_info:
        activity.group_info.MergeFrom(
            pb.GroupInfo(
                platform=group_info.platform or "",
                group_id=_id_text("group_info.group_id", group_info.group_id),
                group_name=group_info.group_name or None,
            )
        )
    return Query(METHODS["RecordActivity"], pb.RecordActivityRequest(activities=[activity]))


def recorded_query(answer: pb.RecordActivityResponse) -> Query:
    """Asks for the stream of a single activity, as the activity left it."""
    request = pb.GetStreamRequest(stream_id=answer.results[0].stream_id, at_least_revision=answer.revision)
    return Query(_FINDS["GetStream"], request)


def counts_query() -> Query:
    """Asks how many streams there are."""
    return Query(METHODS["GetStreamsSummary"], pb.GetStreamsSummaryRequest())


def read_counts(answer: pb.GetStreamsSummaryResponse) -> dict[str, int]:
    """The counts that the original has."""
    return {
        "total_streams": answer.total_streams,
        "group_streams": answer.group_streams,
        "private_streams": answer.private_streams,
        "qq_streams": answer.qq_streams,
    }


def _id_text(name: str, value: object) -> str:
    """The original makes text of the numbers that some adapters send."""
    return str(value) if isinstance(value, int) else check_text(name, value)


def _can_be_stored(text: str, max_bytes: int) -> bool:
    try:
        return 0 < len(text.encode()) <= max_bytes
    except UnicodeEncodeError:
        return False


class _Kept(NamedTuple):
    """An answer, and what became of it when the streams had changed so often."""

    answer: bytes
    page: Page
    changes: int


class AnswerReader:
    """Makes objects of answers. A list whose bytes have not changed since it was last asked for is not read again."""

    def __init__(self) -> None:
        self._identities = StreamMap()
        self._kept: OrderedDict[tuple[str, bytes], _Kept] = OrderedDict()
        self._kept_bytes = 0

    @property
    def known_streams(self) -> int:
        """How many streams have been met."""
        return self._identities.known

    def object_of(self, data: bytes) -> ChatStream:
        """The object of one encoded stream."""
        return self._identities.stream(data)

    def stream(self, answer: Any) -> ChatStream | None:
        """The stream of a lookup's answer, None when it has none."""
        return self._identities.stream(answer.stream) if answer.stream else None

    def page(self, query: Query, answer: bytes) -> Page:
        """The streams of a list's answer, in a list of the caller's own."""
        key = query.method.name, query.request.SerializeToString()
        kept = self._kept.get(key)
        if kept is None or kept.changes != self._identities.changes or kept.answer != answer:
            frames = _FRAMES["Streams"].FromString(answer)
            page = Page(self._identities.streams(frames.streams), frames.next_page_token)
            kept = _Kept(answer, page, self._identities.changes)
            self._keep(key, kept)
        return Page(kept.page.streams.copy(), kept.page.next_page_token)

    def _keep(self, key: tuple[str, bytes], kept: _Kept) -> None:
        with _KEEPING:
            old = self._kept.pop(key, None)
            self._kept[key] = kept
            self._kept_bytes += len(kept.answer) - (len(old.answer) if old else 0)
            while self._kept_bytes > _KEPT_BYTES:
                _, dropped = self._kept.popitem(last=False)
                self._kept_bytes -= len(dropped.answer)
