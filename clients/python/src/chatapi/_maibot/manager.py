"""What `get_chat_manager()` returns."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Protocol, TypeVar

from .arguments import SpecialTypes
from .directory import Directory
from .stream import ChatStream

_Answer = TypeVar("_Answer")


class Ask(Protocol):
    """Puts a question to the directory; the second argument answers it when that fails and failures are swallowed."""

    def __call__(self, question: Callable[[Directory], _Answer], answer_of_failure: _Answer, /) -> _Answer: ...


class ChatStreamManager:
    """The part of the bot's chat manager that plugins use. There is one: see `chat_api.get_chat_manager`."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    @property
    def streams(self) -> dict[str, ChatStream]:
        """All streams of all platforms by id, as of now. Asks the server each time: keep it while you use it."""
        nothing: list[ChatStream] = []
        listed = self._ask(lambda d: d.list_streams("GetAllStreams", SpecialTypes.ALL_PLATFORMS), nothing)
        return {stream.stream_id: stream for stream in listed}

    def get_stream(self, stream_id: str) -> ChatStream | None:
        """Returns the stream with this id, or None."""
        return self._ask(lambda directory: directory.get(stream_id), None)

    def get_stream_id(self, platform: str, id: str, is_group: bool = True) -> str:
        """Returns the id that the bot gives to the chat of a group or, with `is_group=False`, of a user.

        >>> get_chat_manager().get_stream_id("qq", "941657197")
        'a544edeb1a9b73e3e1d77dff36e41264'
        """
        parts = [platform, id] if is_group else [platform, id, "private"]
        return hashlib.md5("_".join(parts).encode(), usedforsecurity=False).hexdigest()

    def get_stream_name(self, stream_id: str) -> str | None:
        """Returns the name of the group, or `NICKNAME的私聊` for a user, or None when neither is known."""
        stream = self.get_stream(stream_id)
        if stream is None:
            return None
        if stream.group_info and stream.group_info.group_name:
            return stream.group_info.group_name
        if stream.user_info and stream.user_info.user_nickname:
            return f"{stream.user_info.user_nickname}的私聊"
        return None
