"""Makes the imports of MaiBot plugins find the drop-in where no bot is installed."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any


def install_as_maibot(**settings: Any) -> None:
    """Lets `from src.plugin_system.apis import chat_api` and its relatives find `chatapi.chat_api`.

        import chatapi

        chatapi.install_as_maibot()
        from src.plugin_system.apis import chat_api

    Call it once, before plugins are imported. These imports work afterwards:

    - `from src.plugin_system.apis import chat_api`, also from `src.plugin_system`
    - `from src.plugin_system.apis.chat_api import ChatManager, SpecialTypes, …`
    - `from src.chat.message_receive.chat_stream import ChatStream, get_chat_manager`

    Args:
        settings: given to `chat_api.configure` when there are any, such as `address` or `legacy_errors=True`.

    Raises:
        RuntimeError: a bot is installed here; its own modules are left alone.
    """
    from .. import chat_api

    installed = sys.modules.get("src.plugin_system.apis.chat_api")
    if installed is not chat_api:
        if installed is not None or _is_importable("src.plugin_system") or _is_importable("src.chat"):
            raise RuntimeError("a bot is installed here: src.plugin_system or src.chat can be imported already")
        _add_module("src.plugin_system.apis.chat_api", chat_api)
        _add_module("src.chat.message_receive.chat_stream", _chat_stream_module())
        vars(sys.modules["src.plugin_system"])["chat_api"] = chat_api
    if settings:
        chat_api.configure(**settings)


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
