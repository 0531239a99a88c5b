"""What can be said of a stream without asking the server."""

from __future__ import annotations

import logging
from typing import Any

from .stream import ChatStream

_logger = logging.getLogger("chatapi.chat_api")

# Each stream of the original has all of them. A plugin may have deleted some.
_IDENTITY = ("stream_id", "platform")
_FACTS = ("user_info", "group_info", "create_time", "last_active_time")


def check_stream(value: object) -> Any:
    """Returns the stream: one of this package, or one of the bot itself, whose class is another one.

    Raises:
        TypeError: the value has not the attributes of a stream.
    """
    if isinstance(value, ChatStream):
        return value
    if all(hasattr(value, name) for name in _IDENTITY) and any(hasattr(value, name) for name in _FACTS):
        return value
    raise TypeError(f"chat_stream: expected a stream, got {type(value).__name__}")


def type_of(chat_stream: object) -> str:
    """`"group"`, `"private"` or `"unknown"`. Checks in the order of the original: TypeError, then ValueError."""
    stream = check_stream(chat_stream)
    if not stream:
        raise ValueError("chat_stream: must not be empty")
    if not hasattr(stream, "group_info"):
        return "unknown"
    if stream.group_info:
        return "group"
    # The server knows chats in which nothing is recorded; each field of such a user is ''.
    user = getattr(stream, "user_info", None)
    return "unknown" if getattr(user, "user_id", None) == "" else "private"


def info_of(chat_stream: object) -> dict[str, Any]:
    """The facts by name. Checks in the order of the original: ValueError, then TypeError.

    A stream without an attribute that is needed here has no facts: as in the original, which logs it.
    """
    if not chat_stream:
        raise ValueError("chat_stream: must not be empty")
    stream = check_stream(chat_stream)
    try:
        info: dict[str, Any] = {
            "stream_id": stream.stream_id,
            "platform": stream.platform,
            "type": type_of(stream),
        }
        if stream.group_info:
            info["group_id"] = stream.group_info.group_id
            info["group_name"] = getattr(stream.group_info, "group_name", "未知群聊")
        if stream.user_info:
            info["user_id"] = stream.user_info.user_id
            info["user_name"] = stream.user_info.user_nickname
    except AttributeError as error:
        _logger.error("a stream without facts: %s", error)
        return {}
    return info
