"""MaiBot 0.12's `chat_api`, answered by a ChatApi server.

    from chatapi import chat_api                  # was: from src.plugin_system.apis import chat_api

    for stream in chat_api.get_group_streams():
        print(chat_api.get_stream_info(stream)["group_name"])

Names, parameters, defaults, results and exceptions are the original's; arguments are checked before anything is sent.
The server is the one that `CHATAPI_ADDRESS` and `CHATAPI_TOKEN` name, unless `configure` says otherwise.

Different on purpose, because the original is broken there:

- A failure raises `chatapi.ChatApiError`, where the original logs it and answers as if there were no streams.
  `configure(legacy_errors=True)` gives that back.
- `SpecialTypes.ALL_PLATFORMS` works in lookups by id, as the original's documentation says.
- A chat in which neither a group nor a user is recorded, which the bot itself cannot hold, is in `get_all_streams` only
  and of the type `"unknown"`.

A stream is one object for as long as the process lives. Each call brings the objects that it returns up to date. Works
from any thread, inside a running event loop (which it blocks meanwhile; `chatapi.aio.chat_api` does not), and after a
fork.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any, TypeVar

from ._fork import ForkSafeLock
from ._maibot.arguments import PlatformArgument, SpecialTypes, check_lookup, check_platform
from ._maibot.directory import Directory
from ._maibot.facts import info_of, type_of
from ._maibot.local_directory import LocalDirectory
from ._maibot.manager import ChatStreamManager
from ._maibot.stream import ChatMessageContext, ChatStream, GroupInfo, UserInfo
from ._settings import DEFAULT_TIMEOUT, read_settings

__all__ = [
    "ChatManager",
    "ChatMessageContext",
    "ChatStream",
    "GroupInfo",
    "SpecialTypes",
    "UserInfo",
    "configure",
    "get_all_streams",
    "get_chat_manager",
    "get_group_streams",
    "get_private_streams",
    "get_stream_by_group_id",
    "get_stream_by_user_id",
    "get_stream_info",
    "get_stream_type",
    "get_streams_summary",
]

_logger = logging.getLogger("chatapi.chat_api")

_Answer = TypeVar("_Answer")

_CONFIGURING = ForkSafeLock()
_configured: Directory | None = None
_legacy_errors = False


def configure(
    address: str | None = None,
    *,
    token: str | Callable[[], str] | None = None,
    token_file: str | os.PathLike[str] | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    root_certificates: bytes | None = None,
    client_certificate: bytes | None = None,
    client_key: bytes | None = None,
    allow_plaintext_token: bool = False,
    legacy_errors: bool = False,
    replica: bool = False,
) -> None:
    """Chooses the server for this module. The arguments are those of `chatapi.Client`, whose defaults hold before.

    Streams are new objects from then on.

    Args:
        legacy_errors: failures are logged to `chatapi.chat_api` and answered with `[]`, `None` or zeros, as the
            original does. A plugin cannot tell them from an empty directory then.
        replica: answers come from a copy in this process that follows the server, in microseconds. The first call
            waits for it; while there is no server, answers are as of when it went. It takes about 2 KiB a stream.

    Raises:
        ValueError: for an address, token or certificate that cannot be used.
    """
    global _configured, _legacy_errors
    settings = read_settings(
        address,
        token=token,
        token_file=token_file,
        timeout=timeout,
        root_certificates=root_certificates,
        client_certificate=client_certificate,
        client_key=client_key,
        allow_plaintext_token=allow_plaintext_token,
    )
    directory = LocalDirectory(settings) if replica else Directory(settings)
    with _CONFIGURING:
        old, _configured, _legacy_errors = _configured, directory, legacy_errors
    if old is not None:
        old.close()


def _directory() -> Directory:
    global _configured
    directory = _configured
    if directory is None:
        with _CONFIGURING:
            if _configured is None:
                _configured = Directory(read_settings())
            directory = _configured
    return directory


def _ask(question: Callable[[Directory], _Answer], answer_of_failure: _Answer) -> _Answer:
    try:
        return question(_directory())
    except Exception as error:
        if not _legacy_errors:
            raise
        _logger.error("answering as if there were nothing, because a call failed: %s", error)
        return answer_of_failure


class ChatManager:
    """The functions of this module as static methods; two have another name here."""

    @staticmethod
    def get_all_streams(platform: PlatformArgument = "qq") -> list[ChatStream]:
        """See `chat_api.get_all_streams`."""
        return _list("GetAllStreams", platform)

    @staticmethod
    def get_group_streams(platform: PlatformArgument = "qq") -> list[ChatStream]:
        """See `chat_api.get_group_streams`."""
        return _list("GetGroupStreams", platform)

    @staticmethod
    def get_private_streams(platform: PlatformArgument = "qq") -> list[ChatStream]:
        """See `chat_api.get_private_streams`."""
        return _list("GetPrivateStreams", platform)

    @staticmethod
    def get_group_stream_by_group_id(group_id: str, platform: PlatformArgument = "qq") -> ChatStream | None:
        """See `chat_api.get_stream_by_group_id`."""
        return _find("GetStreamByGroupId", "group_id", group_id, platform)

    @staticmethod
    def get_private_stream_by_user_id(user_id: str, platform: PlatformArgument = "qq") -> ChatStream | None:
        """See `chat_api.get_stream_by_user_id`."""
        return _find("GetStreamByUserId", "user_id", user_id, platform)

    @staticmethod
    def get_stream_type(chat_stream: ChatStream) -> str:
        """See `chat_api.get_stream_type`."""
        return type_of(chat_stream)

    @staticmethod
    def get_stream_info(chat_stream: ChatStream) -> dict[str, Any]:
        """See `chat_api.get_stream_info`."""
        return info_of(chat_stream)

    @staticmethod
    def get_streams_summary() -> dict[str, int]:
        """See `chat_api.get_streams_summary`."""
        nothing = {"total_streams": 0, "group_streams": 0, "private_streams": 0, "qq_streams": 0}
        return _ask(Directory.counts, nothing)


def _list(method: str, platform: PlatformArgument) -> list[ChatStream]:
    wanted = check_platform(platform)
    nothing: list[ChatStream] = []
    return _ask(lambda directory: directory.list_streams(method, wanted), nothing)


def _find(method: str, field: str, value: str, platform: PlatformArgument) -> ChatStream | None:
    wanted = check_lookup(field, value, platform)
    return _ask(lambda directory: directory.find(method, field, value, wanted), None)


def get_all_streams(platform: PlatformArgument = "qq") -> list[ChatStream]:
    """Returns all streams of a platform, or of all under `SpecialTypes.ALL_PLATFORMS`; `[]` when there is none.

    Raises:
        TypeError: `platform` is neither a str nor a `SpecialTypes`.
        chatapi.ChatApiError: the server cannot answer.
    """
    return ChatManager.get_all_streams(platform)


def get_group_streams(platform: PlatformArgument = "qq") -> list[ChatStream]:
    """Returns the group streams of a platform. As `get_all_streams`."""
    return ChatManager.get_group_streams(platform)


def get_private_streams(platform: PlatformArgument = "qq") -> list[ChatStream]:
    """Returns the private streams of a platform. As `get_all_streams`."""
    return ChatManager.get_private_streams(platform)


def get_stream_by_group_id(group_id: str, platform: PlatformArgument = "qq") -> ChatStream | None:
    """Returns the stream of a group, or None. Of several, the most recently active one.

    Raises:
        TypeError: `group_id` is no str, or `platform` neither a str nor a `SpecialTypes`.
        ValueError: `group_id` is empty.
        chatapi.ChatApiError: the server cannot answer.
    """
    return ChatManager.get_group_stream_by_group_id(group_id, platform)


def get_stream_by_user_id(user_id: str, platform: PlatformArgument = "qq") -> ChatStream | None:
    """Returns the private stream of a user, or None. As `get_stream_by_group_id`."""
    return ChatManager.get_private_stream_by_user_id(user_id, platform)


def get_stream_type(chat_stream: ChatStream) -> str:
    """Returns `"group"` or `"private"`; `"unknown"` where the server has recorded neither. Sends nothing.

    The stream may be one of the bot itself.

    Raises:
        TypeError: `chat_stream` has not the attributes of a stream.
        ValueError: `chat_stream` is a stream that counts as false.
    """
    return ChatManager.get_stream_type(chat_stream)


def get_stream_info(chat_stream: ChatStream) -> dict[str, Any]:
    """Returns the facts of a stream by name. Sends nothing.

    Always `stream_id`, `platform`, `type`; of a group `group_id`, `group_name`; of a user `user_id`, `user_name`. The
    stream may be one of the bot itself. One from which `group_info` or `user_info` was deleted gives `{}`.

    Raises:
        ValueError: `chat_stream` is None or otherwise counts as false.
        TypeError: `chat_stream` has not the attributes of a stream.
    """
    return ChatManager.get_stream_info(chat_stream)


def get_streams_summary() -> dict[str, int]:
    """Returns `total_streams`, `group_streams`, `private_streams` and `qq_streams`, counted over all platforms.

    Raises:
        chatapi.ChatApiError: the server cannot answer.
    """
    return ChatManager.get_streams_summary()


_manager = ChatStreamManager(_ask, _directory)


def get_chat_manager() -> ChatStreamManager:
    """Returns the one chat manager: `streams`, `get_stream`, `get_stream_id`, `get_stream_name`, and the coroutines
    `get_or_create_stream` and `load_all_streams`."""
    return _manager
