"""Makes the imports of MaiBot plugins find the drop-in."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any

_API = "src.plugin_system.apis.chat_api"
_STREAMS = "src.chat.message_receive.chat_stream"
_COMPAT_API = "maibot_sdk.compat.apis.chat_api"


def install_as_maibot(**settings: Any) -> None:
    """Lets `from src.plugin_system.apis import chat_api` and its relatives find `chatapi.chat_api`.

        import chatapi

        chatapi.install_as_maibot()
        from src.plugin_system.apis import chat_api

    Call it once, before plugins are imported. These imports work afterwards:

    - `from src.plugin_system.apis import chat_api`, also from `src.plugin_system`
    - `from src.plugin_system.apis.chat_api import ChatManager, SpecialTypes, …`
    - `from src.chat.message_receive.chat_stream import ChatStream, get_chat_manager`

    Under the compatibility layer of a 1.x bot, whose own `chat_api` answers every list with `[]`, it takes over that
    one module and leaves all others of `src.plugin_system` as they are.

    Args:
        settings: given to `chat_api.configure` when there are any, such as `address` or `legacy_errors=True`.

    Raises:
        RuntimeError: a bot of 0.x is installed here; its own modules are left alone.
    """
    from .. import chat_api

    if not _is_installed():
        if _is_compatibility_layer():
            _take_over()
        elif _API in sys.modules or _is_importable("src.plugin_system") or _is_importable("src.chat"):
            raise RuntimeError("a bot is installed here: src.plugin_system or src.chat can be imported already")
        else:
            _add_module(_API, chat_api)
            _add_module(_STREAMS, _chat_stream_module())
            vars(sys.modules["src.plugin_system"])["chat_api"] = chat_api
    if settings:
        chat_api.configure(**settings)


def _is_installed() -> bool:
    from .. import chat_api

    return getattr(sys.modules.get(_API), "get_all_streams", None) is chat_api.get_all_streams


def _is_compatibility_layer() -> bool:
    """Whether `src.plugin_system` leads to the package of a 1.x bot that stands in for it."""
    if _COMPAT_API not in sys.modules and not _is_importable(_COMPAT_API):
        return False
    if not _is_importable("src.plugin_system"):
        return False
    return getattr(importlib.import_module(_API), "__name__", "") == _COMPAT_API


def _take_over() -> None:
    """Puts the drop-in where the compatibility layer has its `chat_api`, with the further names that it has there."""
    from .. import chat_api

    theirs = importlib.import_module(_COMPAT_API)
    ours = ModuleType(_API, chat_api.__doc__)
    ours.__dict__.update({name: value for name, value in vars(theirs).items() if not name.startswith("_")})
    ours.__dict__.update({name: value for name, value in vars(chat_api).items() if not name.startswith("__")})
    vars(ours)["get_all_group_streams"] = chat_api.get_group_streams
    for name in (_API, _COMPAT_API):
        parent, _, child = name.rpartition(".")
        sys.modules[name] = ours
        setattr(importlib.import_module(parent), child, ours)
    vars(importlib.import_module("src.plugin_system"))["chat_api"] = ours
    if not _is_importable("src.chat"):
        _add_module(_STREAMS, _chat_stream_module())


def _is_importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _chat_stream_module() -> ModuleType:
    """The bot's module of that name, where `ChatManager` is the class of what `get_chat_manager` returns."""
    from .. import chat_api
    from .manager import ChatStreamManager

    module = ModuleType("src.chat.message_receive.chat_stream", "Stands in for MaiBot's module of this name.")
    module.__dict__.update(
        ChatManager=ChatStreamManager,
        ChatMessageContext=chat_api.ChatMessageContext,
        ChatStream=chat_api.ChatStream,
        GroupInfo=chat_api.GroupInfo,
        UserInfo=chat_api.UserInfo,
        get_chat_manager=chat_api.get_chat_manager,
    )
    return module


def _add_module(name: str, module: ModuleType) -> None:
    """Registers a module and the packages above it, keeping a package `src` that is there already."""
    sys.modules[name] = module
    parent_name, _, child = name.rpartition(".")
    if not parent_name:
        return
    if parent_name not in sys.modules:
        if _is_importable(parent_name):
            importlib.import_module(parent_name)
        else:
            package = ModuleType(parent_name, "Stands in for MaiBot's package of this name.")
            package.__path__ = []
            _add_module(parent_name, package)
    setattr(sys.modules[parent_name], child, module)
