"""The imports of MaiBot plugins, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from server import Server

import chatapi

_PLUGIN = """
from src.plugin_system.apis import chat_api
from src.plugin_system.apis.chat_api import ChatManager, SpecialTypes, ChatStream
from src.plugin_system import chat_api as same
from src.chat.message_receive.chat_stream import ChatStream as Stream, get_chat_manager
import src.plugin_system.apis.chat_api as module
assert same is chat_api is module and Stream is ChatStream
assert ChatManager.get_all_streams(SpecialTypes.ALL_PLATFORMS) == []
assert get_chat_manager() is chat_api.get_chat_manager()
print("runs")
"""


def run(code: str, folder: Path, address: str = "127.0.0.1:1") -> str:
    environment = {"CHATAPI_ADDRESS": address, "PYTHONPATH": str(folder)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=folder, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_runs_a_plugin_with_its_imports_unchanged(server: Server, tmp_path: Path) -> None:
    assert run(f"import chatapi\nchatapi.install_as_maibot()\n{_PLUGIN}", tmp_path, server.address) == "runs\n"


def test_may_be_called_twice_and_takes_settings(server: Server, tmp_path: Path) -> None:
    twice = f"import chatapi\nchatapi.install_as_maibot()\nchatapi.install_as_maibot(address='{server.address}')"
    assert run(f"{twice}\n{_PLUGIN}", tmp_path) == "runs\n"


def test_keeps_a_package_src_that_is_there_already(server: Server, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "mine.py").write_text("value = 1")
    code = f"import chatapi\nchatapi.install_as_maibot()\n{_PLUGIN}\nfrom src.mine import value\nprint(value)"
    assert run(code, tmp_path, server.address) == "runs\n1\n"


def test_leaves_an_installed_bot_alone(tmp_path: Path) -> None:
    apis = tmp_path / "src" / "plugin_system" / "apis"
    apis.mkdir(parents=True)
    (apis / "chat_api.py").write_text("bot = True")
    said = run("import chatapi\nchatapi.install_as_maibot()", tmp_path)
    assert "RuntimeError: a bot is installed here" in said


_UNDER_THE_COMPATIBILITY_LAYER = """
import warnings
warnings.simplefilter("ignore")
from maibot_sdk.compat._import_hook import install_hook
install_hook()
import chatapi
"""

_PLUGIN_OF_0X = """
from src.plugin_system import BasePlugin, chat_api as same
from src.plugin_system.apis import chat_api, send_api
from src.plugin_system.apis.chat_api import ChatManager, SpecialTypes, get_all_group_streams
from src.chat.message_receive.chat_stream import ChatStream, get_chat_manager
import asyncio
import maibot_sdk.compat
assert chat_api is same is maibot_sdk.compat.apis.chat_api
assert send_api is maibot_sdk.compat.apis.send_api and BasePlugin is maibot_sdk.compat.BasePlugin
(stream,) = chat_api.get_group_streams()
assert [stream] == get_all_group_streams() == ChatManager.get_all_streams(SpecialTypes.ALL_PLATFORMS)
assert isinstance(stream, ChatStream) and get_chat_manager().get_stream(stream.stream_id) is stream
assert asyncio.run(chat_api.async_get_all_streams()) == []  # their own: no bot is running here
print(chat_api.get_stream_info(stream)["group_id"])
"""


@pytest.fixture(scope="module")
def server_with_a_group() -> Iterator[Server]:
    with Server() as server, chatapi.Client(server.address) as client:
        client.open_stream(platform="qq", group_id="941657197")
        yield server


@pytest.mark.parametrize("first", ["", "from src.plugin_system.apis import chat_api, send_api\n"])
@pytest.mark.parametrize("settings", ["", "address=None"])
def test_takes_over_the_lists_of_the_compatibility_layer_of_1x(
    first: str, settings: str, server_with_a_group: Server, tmp_path: Path
) -> None:
    install = f"chatapi.install_as_maibot()\nchatapi.install_as_maibot({settings})"
    said = run(
        f"{_UNDER_THE_COMPATIBILITY_LAYER}{first}{install}{_PLUGIN_OF_0X}", tmp_path, server_with_a_group.address
    )
    assert said.splitlines()[0] == "941657197", said


def test_leaves_the_rest_of_a_1x_bot_alone(server: Server, tmp_path: Path) -> None:
    chat = tmp_path / "src" / "chat"
    chat.mkdir(parents=True)
    (chat / "mine.py").write_text("bot = True")
    code = """
chatapi.install_as_maibot()
from src.plugin_system.apis import chat_api
from src.chat.mine import bot
import importlib.util
print(chat_api.get_streams_summary is chatapi.chat_api.get_streams_summary, bot,
      importlib.util.find_spec("src.chat.message_receive"))
"""
    said = run(f"{_UNDER_THE_COMPATIBILITY_LAYER}{code}", tmp_path, server.address)
    assert said.splitlines()[0] == "True True None", said


def test_a_compatibility_layer_that_is_not_in_use_is_no_obstacle(server: Server, tmp_path: Path) -> None:
    code = f"import maibot_sdk.compat, chatapi\nchatapi.install_as_maibot()\n{_PLUGIN}"
    assert run(code, tmp_path, server.address) == "runs\n"
