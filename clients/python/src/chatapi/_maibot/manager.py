"""What `get_chat_manager()` returns."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import Protocol, TypeVar

from .arguments import check_text
from .directory import Directory
from .queries import activity_query
from .stream import ChatStream, GroupInfo, UserInfo

_Answer = TypeVar("_Answer")


class Ask(Protocol):
    """Puts a question to the directory; the second argument answers it when that fails and failures are swallowed."""

    def __call__(self, question: Callable[[Directory], _Answer], answer_of_failure: _Answer, /) -> _Answer: ...


class ChatStreamManager:
    """The part of the bot's chat manager that plugins use. There is one: see `chat_api.get_chat_manager`."""

    def __init__(self, ask: Ask, directory: Callable[[], Directory]) -> None:
        self._ask = ask
        self._directory = directory

    @property
    def streams(self) -> dict[str, ChatStream]:
        """All streams of all platforms by id, for reading.

        As they were a second ago at most, and never older than what this process wrote or was told. So it may be read
        for each of many ids.
        """
        return self._ask(lambda directory: directory.kept_streams.read(), {})

    async def load_all_streams(self) -> None:
        """Brings `streams` up to date."""
        await asyncio.to_thread(self._ask, lambda directory: directory.kept_streams.renew(), {})

    async def get_or_create_stream(
        self, platform: str, user_info: UserInfo | None, group_info: GroupInfo | None = None
    ) -> ChatStream:
        """Returns the stream of a group or, without `group_info`, of a user; creates it when there is none.

        Records, as the original does, that the chat is active now, who was active in it, and its names.

        Raises:
            TypeError: `platform` is no str.
            ValueError: there is neither a user nor a group.
            chatapi.ChatApiError: the server cannot answer. Never swallowed, in the original neither.
        """
        query = activity_query(platform, user_info, group_info)
        return await asyncio.to_thread(lambda: self._directory().record(query))

    def get_stream(self, stream_id: str) -> ChatStream | None:
        """Returns the stream with this id, or None."""
        return self._ask(lambda directory: directory.get(stream_id), None)

    def get_stream_id(self, platform: str, id: str, is_group: bool = True) -> str:
        """Returns the id that the bot gives to the chat of a group or, with `is_group=False`, of a user.

        >>> get_chat_manager().get_stream_id("qq", "941657197")
        'a544edeb1a9b73e3e1d77dff36e41264'
        """
        parts = [check_text("platform", platform), check_text("id", id)]
        if not is_group:
            parts.append("private")
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
