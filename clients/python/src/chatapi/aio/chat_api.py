"""`chatapi.chat_api` as coroutines, spelled as plugins of MaiBot 1.x spell it.

    from chatapi.aio import chat_api

    stream = await chat_api.get_stream_by_group_id("941657197")
    if stream:
        print(stream["group_name"], stream["chat_type"])

A stream is a dict with the keys of 1.x that also has them as attributes, and those of 0.x: see `Session`. Arguments are
checked as in `chatapi.chat_api`, but as in 1.x ids that are ints become text and the text `"all_platforms"` covers all
platforms. Failures raise `chatapi.ChatApiError`, where 1.x answers with the truthy dict `{"success": False, …}`.

Each event loop gets a connection of its own.
"""

from __future__ import annotations

import asyncio
import os
import warnings
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

from .._maibot.arguments import PlatformArgument, SpecialTypes, check_lookup, check_platform, check_text
from .._maibot.facts import info_of, type_of
from .._maibot.queries import AnswerReader, open_query
from .._maibot.session import OpenedSession, Session
from .._maibot.stream import ChatStream
from .._settings import DEFAULT_TIMEOUT, Settings, read_settings
from ._directory import Directory

__all__ = [
    "ChatStream",
    "OpenedSession",
    "Session",
    "SpecialTypes",
    "configure",
    "get_all_streams",
    "get_group_streams",
    "get_private_streams",
    "get_stream",
    "get_stream_by_group_id",
    "get_stream_by_user_id",
    "get_stream_info",
    "get_stream_type",
    "get_streams_summary",
    "open_session",
]

_settings: Settings | None = None
_reader = AnswerReader()
_directories: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Directory] = weakref.WeakKeyDictionary()


def configure(
    address: str | None = None,
    *,
    token: str | Callable[[], str | Awaitable[str]] | None = None,
    token_file: str | os.PathLike[str] | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    root_certificates: bytes | None = None,
    client_certificate: bytes | None = None,
    client_key: bytes | None = None,
    allow_plaintext_token: bool = False,
) -> None:
    """Chooses the server for this module. The arguments are those of `chatapi.aio.Client`, whose defaults hold before.

    Raises:
        ValueError: for an address, token or certificate that cannot be used.
    """
    global _settings, _reader
    _settings = read_settings(
        address,
        token=token,
        token_file=token_file,
        timeout=timeout,
        root_certificates=root_certificates,
        client_certificate=client_certificate,
        client_key=client_key,
        allow_plaintext_token=allow_plaintext_token,
    )
    _reader = AnswerReader()
    _directories.clear()


def _directory() -> Directory:
    global _settings
    loop = asyncio.get_running_loop()
    directory = _directories.get(loop)
    if directory is None:
        if _settings is None:
            _settings = read_settings()
        directory = _directories[loop] = Directory(_settings, _reader)
    return directory


async def get_all_streams(platform: PlatformArgument = "qq") -> list[Session]:
    """Returns all streams of a platform, or of all under `"all_platforms"`; `[]` when there is none.

    Raises:
        TypeError: `platform` is neither a str nor a `SpecialTypes`.
        chatapi.ChatApiError: the server cannot answer.
    """
    return await _list("GetAllStreams", platform)


async def get_group_streams(platform: PlatformArgument = "qq") -> list[Session]:
    """Returns the group streams of a platform. As `get_all_streams`."""
    return await _list("GetGroupStreams", platform)


async def get_private_streams(platform: PlatformArgument = "qq") -> list[Session]:
    """Returns the private streams of a platform. As `get_all_streams`."""
    return await _list("GetPrivateStreams", platform)


async def get_stream(stream_id: str) -> Session | None:
    """Returns the stream with this id, or None.

    Raises:
        chatapi.ChatApiError: the server cannot answer.
    """
    stream = await _directory().get(stream_id)
    return None if stream is None else Session(stream)


async def get_stream_by_group_id(group_id: str | int, platform: PlatformArgument = "qq") -> Session | None:
    """Returns the stream of a group, or None. Of several, the most recently active one.

    Raises:
        TypeError: `group_id` is neither a str nor an int, or `platform` neither a str nor a `SpecialTypes`.
        ValueError: `group_id` is empty.
        chatapi.ChatApiError: the server cannot answer.
    """
    return await _find("GetStreamByGroupId", "group_id", group_id, platform)


async def get_stream_by_user_id(user_id: str | int, platform: PlatformArgument = "qq") -> Session | None:
    """Returns the private stream of a user, or None. As `get_stream_by_group_id`."""
    return await _find("GetStreamByUserId", "user_id", user_id, platform)


async def get_stream_type(chat_stream: Session | ChatStream) -> str:
    """Returns `"group"` or `"private"`; `"unknown"` where the server has recorded neither. Sends nothing.

    Raises:
        TypeError: `chat_stream` is no stream.
    """
    return type_of(chat_stream)


async def get_stream_info(chat_stream: Session | ChatStream) -> dict[str, Any]:
    """Returns the facts of a stream by name. Sends nothing.

    Always `stream_id`, `platform`, `type`; of a group `group_id`, `group_name`; of a user `user_id`, `user_name`.

    Raises:
        ValueError: `chat_stream` is None or otherwise empty.
        TypeError: `chat_stream` is no stream.
    """
    return info_of(chat_stream)


async def get_streams_summary() -> dict[str, int]:
    """Returns `total_streams`, `group_streams`, `private_streams` and `qq_streams`, counted over all platforms.

    Raises:
        chatapi.ChatApiError: the server cannot answer.
    """
    return await _directory().counts()


class _Unsaid(str):
    """A default that can be told from the same text when it is given."""

    __slots__ = ()


async def open_session(
    platform: str = "qq",
    chat_type: str = _Unsaid("private"),
    user_id: str | int = "",
    group_id: str | int = "",
    account_id: str | int = "",
    scope: str = "",
    **further: Any,
) -> OpenedSession:
    """Returns the stream of a group or of a user and creates it when there is none, also for a chat never seen.

        opened = await chat_api.open_session(user_id="1787882683")
        print(opened["session_id"], opened["created"])

    With a `group_id` and no `chat_type` it opens the group, whichever user is named beside it. Without `account_id` and
    `scope` any existing stream of the chat is the one: a caller who does not know the bot's account never splits a chat
    in two, as 1.x does. Ids that are ints become text, blanks around them go, and the case of `chat_type` is of no
    matter, as in 1.x. Keywords that are not known here are ignored, with a warning.

    Raises:
        TypeError: an id is neither a str nor an int.
        ValueError: `chat_type` is neither `"group"` nor `"private"`.
        chatapi.InvalidArgument: the arguments contradict each other, such as a chat said to be private with a
            `group_id`, or a private chat without a `user_id`.
    """
    for keyword in further:
        warnings.warn(f"open_session: {keyword} is not known here and was ignored", stacklevel=2)
    group = _text("group_id", group_id)
    if isinstance(chat_type, _Unsaid):
        chat_type = "group" if group else "private"
    query = open_query(
        _text("platform", platform) or "qq",
        _text("chat_type", chat_type).lower(),
        _text("user_id", user_id),
        group,
        _text("account_id", account_id),
        _text("scope", scope),
    )
    return OpenedSession(*await _directory().open(query))


async def _list(method: str, platform: PlatformArgument) -> list[Session]:
    wanted = check_platform(_special(platform))
    return [Session(stream) for stream in await _directory().list_streams(method, wanted)]


async def _find(method: str, field: str, value: str | int, platform: PlatformArgument) -> Session | None:
    text = str(value) if isinstance(value, int) else value
    wanted = check_lookup(field, text, _special(platform))
    stream = await _directory().find(method, field, text, wanted)
    return None if stream is None else Session(stream)


def _text(name: str, value: object) -> str:
    """What 1.x makes of an argument. None means not given."""
    return check_text(name, "" if value is None else str(value) if isinstance(value, int) else value).strip()


def _special(platform: PlatformArgument) -> PlatformArgument:
    return SpecialTypes.ALL_PLATFORMS if platform == SpecialTypes.ALL_PLATFORMS.value else platform
