"""Which chats a stream is, and what leads to it."""

from __future__ import annotations

from typing import NamedTuple

from ..types import ChatStream
from ..v1 import chat_api_pb2 as pb

DEFAULT_PLATFORM = "qq"
"""The platform meant where a caller names none."""

GROUP = "group"
PRIVATE = "private"


class Target(NamedTuple):
    """What a plugin names when it looks for a chat."""

    kind: str
    """`GROUP`, or `PRIVATE` for the user of a private chat."""
    id: str


def target_of(message: pb.ChatStream) -> Target | None:
    if message.HasField("group_info"):
        return Target(GROUP, message.group_info.group_id)
    return Target(PRIVATE, message.user_info.user_id) if message.HasField("user_info") else None


def targets_of(message: pb.ChatStream) -> list[Target]:
    """Its own target and those of the chats that were merged into it."""
    targets = [target_of(message), *map(_merged_target, message.merged_chats)]
    return [target for target in targets if target is not None]


def is_led_to(message: pb.ChatStream, target: Target, platform: str | None) -> bool:
    """Whether a target on a platform, or on any, leads to a stream that has it."""
    if platform is None or (message.platform == platform and not message.merged_chats):
        return True
    if message.platform == platform and target_of(message) == target:
        return True
    return any(_merged_target(chat) == target and chat.platform == platform for chat in message.merged_chats)


def type_of(message: pb.ChatStream) -> int:
    """One of the numbers of `StreamType`."""
    if message.HasField("group_info"):
        return pb.STREAM_TYPE_GROUP
    return pb.STREAM_TYPE_PRIVATE if message.HasField("user_info") else pb.STREAM_TYPE_UNKNOWN


def by_recency(stream: ChatStream) -> tuple[float, str]:
    """Orders the most recently active first; of equally recent streams, the smaller id."""
    time = stream._message.last_active_time
    return -(time.seconds + time.nanos / 1e9), stream._message.stream_id


def _merged_target(chat: pb.MergedChat) -> Target | None:
    if chat.HasField("group_id"):
        return Target(GROUP, chat.group_id)
    return Target(PRIVATE, chat.user_id) if chat.HasField("user_id") else None
