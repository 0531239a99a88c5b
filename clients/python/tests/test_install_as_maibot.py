"""The imports of MaiBot plugins, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from server import Server

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
