"""The stream as plugins of MaiBot 0.x know it."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class UserInfo:
    """A user as a platform knows them."""

    platform: str | None = None
    user_id: str | None = None
    user_nickname: str | None = None
    user_cardname: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields that are not None."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> UserInfo:
        """The reverse of `to_dict`."""
        return cls(data.get("platform"), data.get("user_id"), data.get("user_nickname"), data.get("user_cardname"))


@dataclass
class GroupInfo:
    """A group as a platform knows it."""

    platform: str | None = None
    group_id: str | None = None
    group_name: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields that are not None."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> GroupInfo | None:
        """The reverse of `to_dict`; None without a `group_id`."""
        if data.get("group_id") is None:
            return None
        return cls(data.get("platform"), data.get("group_id"), data.get("group_name"))


class ChatMessageContext:
    """The message that a stream is at."""

    def __init__(self, message: Any) -> None:
        self.message = message

    def get_last_message(self) -> Any:
        """Returns the message."""
        return self.message

    def get_template_name(self) -> str | None:
        """Returns the name of the message's own prompt template; None when it uses the default one."""
        template = self.message.message_info.template_info
        if template and not template.template_default:
            name: str | None = template.template_name
            return name
        return None

    def check_types(self, types: list[str]) -> bool:
        """Tells whether the sender of the message accepts all these types of segments."""
        accepted = self.message.message_info.format_info.accept_format
        return bool(accepted) and all(kind in accepted for kind in types)

    def get_priority_mode(self) -> str:
        """Returns the `priority_mode` of the message."""
        mode: str = self.message.priority_mode
        return mode

    def get_priority_info(self) -> dict[str, Any] | None:
        """Returns the `priority_info` of the message; None when it has none."""
        return getattr(self.message, "priority_info", None) or None


class ChatStream:
    """One chat. Attributes are plain and may be set; what is set stays until the server says something new of it."""

    stream_id: str
    """32 hex digits."""
    platform: str
    """Such as `"qq"`."""
    user_info: UserInfo
    """The user of a private chat, or whoever spoke last in a group. Never None from the server: `''` when unknown."""
    group_info: GroupInfo | None
    """The group; None in a private chat. Its `group_name` may be None."""
    create_time: float
    """Seconds since 1970."""
    last_active_time: float
    """Seconds since 1970."""
    account_id: str
    """The bot's account; `''` where not recorded. 0.x did not have it."""
    scope: str
    """What separates several streams of one chat and account; mostly `''`. 0.x did not have it."""
    saved: bool
    """True from the server, False after `update_active_time`."""
    context: Any
    """What `set_context` was given, in a `ChatMessageContext`; else None."""

    def __init__(
        self,
        stream_id: str,
        platform: str,
        user_info: UserInfo,
        group_info: GroupInfo | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        now = time.time()
        self.stream_id = stream_id
        self.platform = platform
        self.user_info = user_info
        self.group_info = group_info
        self.create_time = data.get("create_time", now) if data else now
        self.last_active_time = data.get("last_active_time", self.create_time) if data else self.create_time
        self.account_id = ""
        self.scope = ""
        self.saved = False
        self.context = None

    def __repr__(self) -> str:
        shown = ("stream_id", "platform", "user_info", "group_info")
        return f"ChatStream({', '.join(f'{name}={getattr(self, name, None)!r}' for name in shown)})"

    def to_dict(self) -> dict[str, Any]:
        """What the bot stores of a stream."""
        return {
            "stream_id": self.stream_id,
            "platform": self.platform,
            "user_info": self.user_info.to_dict() if self.user_info else None,
            "group_info": self.group_info.to_dict() if self.group_info else None,
            "create_time": self.create_time,
            "last_active_time": self.last_active_time,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ChatStream:
        """The reverse of `to_dict`."""
        user, group = data.get("user_info"), data.get("group_info")
        return cls(
            data["stream_id"],
            data["platform"],
            UserInfo.from_dict(user) if user else None,  # type: ignore[arg-type]  # as upstream, for a stream made by hand
            GroupInfo.from_dict(group) if group else None,
            data,
        )

    def update_active_time(self) -> None:
        """Sets `last_active_time` to now, here only: the server learns of activity through `Client.record_activity`."""
        self.last_active_time = time.time()
        self.saved = False

    def set_context(self, message: Any) -> None:
        """Notes the message that the stream is at."""
        self.context = ChatMessageContext(message)
