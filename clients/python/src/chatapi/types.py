"""What calls take and give: frozen values, compared by content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, field, fields, make_dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from .v1 import chat_api_pb2 as pb

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp

__all__ = [
    "ALL_PLATFORMS",
    "Activity",
    "ActivityResult",
    "AlteredRow",
    "BatchedStreams",
    "ChangeKind",
    "ChangedStream",
    "ChatStream",
    "DeletedStream",
    "Duplicate",
    "DuplicateReason",
    "FoundStream",
    "GroupInfo",
    "ImportReport",
    "ListedDuplicates",
    "MergedChat",
    "OpenedStream",
    "Outcome",
    "Platform",
    "RecordedActivity",
    "RefusedRow",
    "Resolution",
    "ResolveCandidate",
    "ResolvedStream",
    "ServerInfo",
    "Spelling",
    "StreamFilter",
    "StreamInfo",
    "StreamOrder",
    "StreamType",
    "StreamsSummary",
    "UserInfo",
]

_Open = TypeVar("_Open", bound="_OpenEnum")


class _OpenEnum(IntEnum):
    """An enum of the contract. A value that a newer server added stays what it is, an unnamed number."""

    @classmethod
    def _missing_(cls: type[_Open], value: object) -> _Open | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNRECOGNIZED_{value}"
        member._value_ = value
        return member

    def __str__(self) -> str:
        return self.name


class StreamType(_OpenEnum):
    """What a stream is."""

    UNSPECIFIED = 0
    """Not stated."""
    PRIVATE = 1
    """A conversation with one user."""
    GROUP = 2
    """A group."""
    UNKNOWN = 3
    """Neither a user nor a group is recorded."""


class StreamOrder(_OpenEnum):
    """The order of what a query finds."""

    UNSPECIFIED = 0
    """As `POSITION`."""
    POSITION = 1
    """The order in which the directory first learnt of the streams."""
    LAST_ACTIVE_DESC = 2
    """The most recently active first."""
    LAST_ACTIVE = 3
    """The longest silent first."""
    CREATE_TIME_DESC = 4
    """The one created last first."""
    CREATE_TIME = 5
    """The one created first first."""
    NAME = 6
    """By name, without regard to case and width."""
    NAME_DESC = 7
    """The same, backwards."""


class Resolution(_OpenEnum):
    """What became of a text that was to mean a stream."""

    UNSPECIFIED = 0
    """Not stated."""
    FOUND = 1
    """It means one stream."""
    NOT_FOUND = 2
    """It means none that is known."""
    AMBIGUOUS = 3
    """It may mean several."""


class Spelling(_OpenEnum):
    """How a text spells a stream."""

    UNSPECIFIED = 0
    """Not stated."""
    STREAM_ID = 1
    """By its id."""
    ALIAS_ID = 2
    """By an alias of it."""
    GROUP_ID = 3
    """By the group: its number, `group:ID`, `qq:group:ID` and the like."""
    USER_ID = 4
    """By the user of the private chat, likewise."""
    DISPLAY_NAME = 5
    """By its `display_name`."""
    NAME = 6
    """By the name of the group or user, or the one that people gave the chat."""
    FOREIGN = 7
    """As another system writes the chat."""


class DuplicateReason(_OpenEnum):
    """In what streams differ that seem to be one chat."""

    UNSPECIFIED = 0
    """Not stated."""
    SAME_CHAT_OTHER_ACCOUNT = 1
    """In the account of the bot, which may not be recorded in one of them."""
    SAME_CHAT_OTHER_SCOPE = 2
    """In their scopes, and not in the account."""
    PLATFORM_CASE = 3
    """In nothing but the case of the platform; besides, account and scope may differ."""
    PLATFORM_ALIAS = 4
    """In what the platform is called; besides, account and scope may differ."""
    SAME_CHAT = 5
    """In nothing but their ids."""


class ChangeKind(_OpenEnum):
    """What happened to a stream, as a filter has it."""

    UNSPECIFIED = 0
    """Not stated."""
    OPENED = 1
    """It was not there, and is."""
    UPDATED = 2
    """It matched, and matches."""
    DELETED = 3
    """It is no longer there."""
    MERGED = 4
    """It became a part of another one."""
    ENTERED = 5
    """It was there and did not match, and does now."""
    LEFT = 6
    """It is still there, and no longer matches."""


class Outcome(_OpenEnum):
    """What an activity did to its stream."""

    UNSPECIFIED = 0
    """Not stated."""
    CREATED = 1
    """The stream did not exist and was created."""
    UPDATED = 2
    """The stream existed and something of it changed."""
    UNCHANGED = 3
    """The stream existed and already said all this."""


class Platform(Enum):
    """Stands in for the name of a platform."""

    ALL = "all"


ALL_PLATFORMS: Final = Platform.ALL
"""Given as `platform`, it covers the streams of all platforms."""


@dataclass(frozen=True, kw_only=True)
class UserInfo:
    """A user as a platform knows them."""

    user_id: str
    """The user's id on the platform, such as `"1787882683"`."""
    user_nickname: str | None = None
    """The user's own name; None when never recorded."""
    user_cardname: str | None = None
    """The user's name in the group; None when never recorded."""
    platform: str = ""
    """The platform of the user. Empty in arguments means the platform of the stream."""


@dataclass(frozen=True, kw_only=True)
class GroupInfo:
    """A group as a platform knows it."""

    group_id: str
    """The group's id on the platform, such as `"941657197"`."""
    group_name: str | None = None
    """The group's name; None when never recorded."""
    platform: str = ""
    """The platform of the group. Empty in arguments means the platform of the stream."""


@dataclass(frozen=True, kw_only=True)
class MergedChat:
    """A chat that had a stream of its own until that was merged into another one."""

    stream_id: str
    """The id that its stream had."""
    platform: str
    account_id: str
    scope: str
    group_id: str | None = None
    """Of a group."""
    user_id: str | None = None
    """Of a private chat."""


class ChatStream:
    """One chat as one bot sees it: a group or a private conversation.

    A read-only view of the message that came over the wire, so that long lists cost little: a value is converted
    when it is read. Streams of one list share its memory. `dataclasses.asdict` makes a dict of it.
    """

    __slots__ = ("_message",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __init__(self, message: pb.ChatStream) -> None:
        self._message = message

    @property
    def stream_id(self) -> str:
        """The id: 32 hex digits, or what another bot made up."""
        return self._message.stream_id

    @property
    def platform(self) -> str:
        """The platform on which the chat is, such as `"qq"`."""
        return self._message.platform

    @property
    def type(self) -> StreamType:
        """Whether this is a group or a private chat."""
        return StreamType(self._message.type)

    @property
    def user_info(self) -> UserInfo | None:
        """Private: the user on the other side. Group: whoever spoke last, None when nobody is recorded."""
        return _user_info(self._message.user_info) if self._message.HasField("user_info") else None

    @property
    def group_info(self) -> GroupInfo | None:
        """The group; None when this is no group stream."""
        return _group_info(self._message.group_info) if self._message.HasField("group_info") else None

    @property
    def create_time(self) -> datetime:
        """When the stream was first recorded, in UTC, to the microsecond."""
        return _to_datetime(self._message.create_time)

    @property
    def last_active_time(self) -> datetime:
        """When the chat was last active, in UTC, to the microsecond."""
        return _to_datetime(self._message.last_active_time)

    @property
    def account_id(self) -> str:
        """The bot's own account in this chat; empty when not recorded."""
        return self._message.account_id

    @property
    def scope(self) -> str:
        """What separates several streams of one chat and account; mostly empty."""
        return self._message.scope

    @property
    def display_name(self) -> str:
        """A name for people, unique among all streams, such as `"MaiBot (qq:group:941657197)"`."""
        return self._message.display_name

    @property
    def custom_name(self) -> str:
        """A name that people gave the chat, which leads `display_name`; empty where there is none."""
        return self._message.custom_name

    @property
    def labels(self) -> dict[str, str]:
        """What operators and plugins attached to the stream. A copy."""
        return dict(self._message.labels)

    @property
    def alias_ids(self) -> tuple[str, ...]:
        """Further ids under which this stream is found."""
        return tuple(self._message.alias_ids)

    @property
    def merged_chats(self) -> tuple[MergedChat, ...]:
        """The chats that were merged into this one: whatever names one of them means this stream."""
        return tuple(map(_merged_chat, self._message.merged_chats))

    @property
    def etag(self) -> str:
        """Changes whenever anything else of the stream changes."""
        return self._message.etag

    @property
    def message(self) -> pb.ChatStream:
        """A copy of the message, with everything that a newer server may have added."""
        copy = pb.ChatStream()
        copy.CopyFrom(self._message)
        return copy

    def __eq__(self, other: object) -> bool:
        return self._message == other._message if isinstance(other, ChatStream) else NotImplemented

    def __hash__(self) -> int:
        return hash((self._message.stream_id, self._message.etag))

    def __repr__(self) -> str:
        return f"ChatStream(stream_id={self.stream_id!r}, display_name={self.display_name!r}, type={self.type.name})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _stream_from_bytes, (self._message.SerializeToString(),)


# What `dataclasses.fields` and `asdict` go by: every property but the message itself.
ChatStream.__dataclass_fields__ = {
    each.name: each
    for each in fields(
        make_dataclass(
            "ChatStream",
            [
                (name, value.fget.__annotations__["return"])
                for name, value in vars(ChatStream).items()
                if isinstance(value, property) and name != "message"
            ],
        )
    )
}


def _stream_from_bytes(data: bytes) -> ChatStream:
    return ChatStream(pb.ChatStream.FromString(data))


@dataclass(frozen=True, kw_only=True)
class StreamFilter:
    """Which streams are meant: all fields must hold, of each one of its values. What is left out means any.

    >>> StreamFilter(types=[StreamType.GROUP], name_contains="mai")
    """

    platforms: Iterable[str] = ()
    types: Iterable[StreamType] = ()
    account_ids: Iterable[str] = ()
    """Accounts of the bot; the empty one means that none is recorded."""
    scopes: Iterable[str] = ()
    stream_ids: Iterable[str] = ()
    group_ids: Iterable[str] = ()
    """Groups by their ids. Together with `user_ids` one of the two is enough."""
    user_ids: Iterable[str] = ()
    """Users of private chats by their ids."""
    exclude_stream_ids: Iterable[str] = ()
    name_contains: str = ""
    """A part of a name, whatever its case and width; one character is enough."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Each of these labels, with this value."""
    active_since: datetime | None = None
    """Last active then or later."""
    quiet_since: datetime | None = None
    """Last active before then."""
    created_since: datetime | None = None
    """First recorded then or later."""


@dataclass(frozen=True, kw_only=True)
class FoundStream:
    """The answer of a lookup. True when a stream was found."""

    stream: ChatStream | None
    """The stream, the most recently active where several match; None when none does."""
    other_stream_ids: tuple[str, ...] = ()
    """The ids of the other streams that match, most recently active first."""

    def __bool__(self) -> bool:
        return self.stream is not None


@dataclass(frozen=True, kw_only=True)
class ResolveCandidate:
    """A stream that a text may mean."""

    stream: ChatStream
    spelling: Spelling
    """How the text spells it."""


@dataclass(frozen=True, kw_only=True)
class ResolvedStream:
    """What a text means. True when it means one stream."""

    stream: ChatStream | None
    """The stream; None unless it is found."""
    resolution: Resolution
    candidates: tuple[ResolveCandidate, ...] = ()
    """The streams that the text may mean: one that is found, at most 20 where it is ambiguous."""

    def __bool__(self) -> bool:
        return self.stream is not None


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """Two streams or more that seem to be one chat."""

    streams: tuple[ChatStream, ...]
    """The streams, most recently active first."""
    reason: DuplicateReason
    """In what they differ."""


@dataclass(frozen=True, kw_only=True)
class ListedDuplicates:
    """Streams that seem to be one chat."""

    duplicates: tuple[Duplicate, ...]
    more: bool
    """Whether there may be more than these."""
    revision: str
    """To pass as `at_least_revision` elsewhere."""


@dataclass(frozen=True, kw_only=True)
class StreamInfo:
    """The few facts that most plugins want of a stream. What is not recorded is None."""

    stream_id: str
    platform: str
    type: StreamType
    group_id: str | None = None
    group_name: str | None = None
    user_id: str | None = None
    user_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class StreamsSummary:
    """Counts of streams over all platforms."""

    total_streams: int
    group_streams: int
    private_streams: int
    qq_streams: int
    unknown_streams: int
    platform_streams: Mapping[str, int]
    """Streams by platform."""


@dataclass(frozen=True, kw_only=True)
class BatchedStreams:
    """Many streams by id."""

    streams: tuple[ChatStream, ...]
    """The streams found, in the order asked for."""
    missing_stream_ids: tuple[str, ...]
    """The ids that no stream has, in the order asked for."""


@dataclass(frozen=True, kw_only=True)
class OpenedStream:
    """The stream asked for."""

    stream: ChatStream
    created: bool
    """Whether this very call created it."""
    other_stream_ids: tuple[str, ...]
    """The ids of the other streams that match, most recently active first."""
    revision: str
    """To pass as `at_least_revision` elsewhere; empty when nothing was written."""


@dataclass(frozen=True, kw_only=True)
class ChangedStream:
    """A stream as a write left it."""

    stream: ChatStream
    revision: str
    """To pass as `at_least_revision` elsewhere; empty when nothing changed."""


@dataclass(frozen=True, kw_only=True)
class DeletedStream:
    """What a deletion did."""

    revision: str
    """To pass as `at_least_revision` elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Activity:
    """What the bot saw in one chat: a message in a group, or from a user.

    >>> Activity(platform="qq", group_info=GroupInfo(group_id="941657197"), user_info=UserInfo(user_id="1787882683"))
    """

    platform: str
    group_info: GroupInfo | None = None
    """The group in which it happened."""
    user_info: UserInfo | None = None
    """Whoever acted. Without `group_info` the activity is in the private chat with this user."""
    active_time: datetime | None = None
    """When it happened, with a time zone. None means now, by the server's clock."""
    account_id: str | None = None
    """The bot's account. None matches any stream of the chat; also the empty one matches exactly."""
    scope: str | None = None
    """The scope. None matches any stream of the chat; also the empty one matches exactly."""


@dataclass(frozen=True, kw_only=True)
class ActivityResult:
    """What one activity did."""

    stream_id: str
    outcome: Outcome


@dataclass(frozen=True, kw_only=True)
class RecordedActivity:
    """What the activities did."""

    results: tuple[ActivityResult, ...]
    """One for each activity, in their order."""
    revision: str = field(default="")
    """To pass as `at_least_revision` elsewhere; empty when nothing changed."""


@dataclass(frozen=True, kw_only=True)
class ServerInfo:
    """What runs there, how it is, and who the caller is to it."""

    version: str
    store: str
    """Where streams are kept, without secrets."""
    revision: str
    """Up to which the server answers; to pass as `at_least_revision` elsewhere."""
    lag: timedelta
    """For how long the server has not been able to follow its store; 0 where all is well."""
    streams: int
    """How many streams the caller may see."""
    watchers: int
    followers: int
    workers: int
    caller_name: str
    """Empty where the server asks for no credentials."""
    caller_role: str
    """`"reader"`, `"recorder"` or `"admin"`."""
    caller_platforms: tuple[str, ...]
    """The platforms that the caller is held to; none means all."""
    caller_account_ids: tuple[str, ...]
    """The accounts that the caller is held to; none means all."""
    configuration: Mapping[str, str]
    """The effective settings by the names of their options, without secrets."""
    start_time: datetime


@dataclass(frozen=True, kw_only=True)
class RefusedRow:
    """A row that was not brought in."""

    place: str
    """Where it stands in its file, such as `"row 17"`."""
    stream_id: str
    """The id that it has there; empty where it has none."""
    why: str


@dataclass(frozen=True, kw_only=True)
class AlteredRow:
    """A row that was brought in, but for a value that did not fit."""

    place: str
    """Where it stands in its file, such as `"chat_sessions row 17"`."""
    stream_id: str
    why: str
    """Which values are not as they are there, what became of them, and why."""


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What became of the rows of a file."""

    source: str
    """What the file was, in words."""
    read: int
    created: int
    updated: int
    unchanged: int
    refused: int
    refused_rows: tuple[RefusedRow, ...]
    """The first 1,000 of them."""
    revision: str
    """To pass as `at_least_revision` elsewhere; empty when nothing was written."""
    altered: int
    """How many rows came in but for a value that did not fit; they are counted above as well."""
    altered_rows: tuple[AlteredRow, ...]
    """The first 1,000 of them."""


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _to_datetime(time: Timestamp) -> datetime:
    # Rounded, not cut: times are kept as doubles, so a microsecond that was sent may come back a little short of it.
    return _EPOCH + timedelta(seconds=time.seconds, microseconds=(time.nanos + 500) // 1000)


def _user_info(message: pb.UserInfo) -> UserInfo:
    return UserInfo(
        platform=message.platform,
        user_id=message.user_id,
        user_nickname=message.user_nickname if message.HasField("user_nickname") else None,
        user_cardname=message.user_cardname if message.HasField("user_cardname") else None,
    )


def _group_info(message: pb.GroupInfo) -> GroupInfo:
    return GroupInfo(
        platform=message.platform,
        group_id=message.group_id,
        group_name=message.group_name if message.HasField("group_name") else None,
    )


def _merged_chat(message: pb.MergedChat) -> MergedChat:
    return MergedChat(
        stream_id=message.stream_id,
        platform=message.platform,
        account_id=message.account_id,
        scope=message.scope,
        group_id=message.group_id if message.HasField("group_id") else None,
        user_id=message.user_id if message.HasField("user_id") else None,
    )
