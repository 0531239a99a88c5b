"""The examples that tell what a bot sees, each in the framework that it is for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from server import ROOT, Server

import chatapi

EXAMPLES = ROOT / "clients" / "python" / "examples"
BOT = {"id": 9, "is_bot": True, "first_name": "Mai", "username": "mai_bot"}
ANN = {"id": 7, "is_bot": False, "first_name": "Ann", "last_name": "Lee"}
GROUP = {"id": -100, "type": "group", "title": "Readers"}
SUPERGROUP = {"id": -1001, "type": "supergroup", "title": "Readers"}


def message(number: int, chat: dict[str, Any], **more: Any) -> dict[str, Any]:
    said = {"message_id": number, "date": 1_700_000_000 + number, "chat": chat, "from": ANN}
    return {"update_id": number, "message": {**said, **more}}


def member(number: int, chat: dict[str, Any], status: str) -> dict[str, Any]:
    def as_member(how: str) -> dict[str, Any]:
        return {"user": BOT, "status": how, **({"until_date": 0} if how == "kicked" else {})}

    change = {"chat": chat, "from": ANN, "date": 1_700_000_000 + number}
    members = {"old_chat_member": as_member("left"), "new_chat_member": as_member(status)}
    return {"update_id": number, "my_chat_member": {**change, **members}}


class BotApi:
    """What Telegram's servers are to a bot: they hand out updates, once, and tell when all were asked past."""

    def __init__(self, updates: list[dict[str, Any]]) -> None:
        self.was_read = threading.Event()
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                method = self.path.rsplit("/", 1)[-1]
                result: Any = True
                if method == "getMe":
                    result = BOT
                if method == "getUpdates":
                    offset = int(parse_qs(body).get("offset", ["0"])[0])
                    result = [update for update in updates if update["update_id"] >= offset]
                    if not result:
                        api.was_read.set()
                answer = json.dumps({"ok": True, "result": result}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/bot"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def client(server: Server) -> Iterator[chatapi.Client]:
    with chatapi.Client(server.address) as client:
        yield client


def test_a_telegram_bot_keeps_its_directory(server: Server, client: chatapi.Client) -> None:
    private = {"id": 7, "type": "private", "first_name": "Ann"}
    api = BotApi(
        [
            message(1, GROUP, text="hello"),
            message(2, private, text="hi"),
            member(3, {"id": -200, "type": "group", "title": "Added"}, "member"),
            member(4, {"id": -300, "type": "group", "title": "Removed"}, "left"),
            message(5, GROUP, migrate_to_chat_id=-1001),
            message(6, SUPERGROUP, text="here we are"),
        ]
    )
    command = [sys.executable, str(EXAMPLES / "telegram_bot.py"), "1:token", api.url]
    bot = subprocess.Popen(command, env={**os.environ, "CHATAPI_ADDRESS": server.address})
    try:
        assert api.was_read.wait(60)
        bot.send_signal(signal.SIGINT)
        assert bot.wait(60) == 0
    finally:
        bot.kill()
        api.close()
    old = client.get_stream_by_group_id("-100", platform="telegram").stream
    new = client.get_stream_by_group_id("-1001", platform="telegram").stream
    assert old and new and old.stream_id == new.stream_id
    assert new.group_info and new.group_info.group_id == "-1001"
    talk = client.get_stream_by_user_id("7", platform="telegram").stream
    assert talk and talk.user_info and talk.user_info.user_nickname == "Ann Lee"
    assert client.get_stream_by_group_id("-200", platform="telegram").stream
    assert client.get_stream_by_group_id("-300", platform="telegram").stream is None


PLUGIN = """
import os
import signal
import sys
import nonebot

nonebot.init(driver="~none", log_level="ERROR")
sys.path.insert(0, sys.argv[1])
plugin = nonebot.load_plugin("nonebot_plugin")
assert plugin
from nonebot_plugin_uninfo import Member, Scene, SceneType, Session, User

def session(scene, scope="QQClient", **more):
    return Session(self_id="10001", adapter="OneBot V11", scope=scope, scene=scene, user=User("7", "Ann"), **more)

saw = plugin.module.saw
saw(session(Scene("11", SceneType.GROUP, "Readers"), member=Member(User("7"), nick="Captain")))
saw(session(Scene("7", SceneType.PRIVATE)))
saw(session(Scene("5", SceneType.CHANNEL_TEXT, "general", parent=Scene("4", SceneType.GUILD, "Guild")), "Discord"))
nonebot.get_driver().on_startup(lambda: os.kill(os.getpid(), signal.SIGINT))
nonebot.run()
"""


def test_a_plugin_of_nonebot_keeps_the_directory(server: Server, client: chatapi.Client, tmp_path: Path) -> None:
    path = tmp_path / "bot.py"
    path.write_text(PLUGIN)
    environment = {**os.environ, "CHATAPI_ADDRESS": server.address}
    subprocess.run([sys.executable, str(path), str(EXAMPLES)], env=environment, check=True, cwd=tmp_path)
    group = client.get_stream_by_group_id("11").stream
    assert group and group.account_id == "10001"
    assert group.group_info and group.group_info.group_name == "Readers"
    assert group.user_info and (group.user_info.user_nickname, group.user_info.user_cardname) == ("Ann", "Captain")
    assert client.get_stream_by_user_id("7").stream
    assert client.get_stream_by_group_id("5", platform="discord").stream


@pytest.mark.parametrize("example", ["telegram_bot.py", "nonebot_plugin.py"])
def test_an_example_is_short(example: str) -> None:
    assert len((EXAMPLES / example).read_text().splitlines()) < 60
