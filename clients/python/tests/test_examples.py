"""The example plugins and the examples of the documentation, run as a reader runs them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from documentation import examples_of_the_documentation
from server import ROOT, Server

import chatapi
from chatapi import Activity, GroupInfo, UserInfo

EXAMPLES = ROOT / "clients" / "python" / "examples"
SNIPPETS = [pytest.param(example.code, id=example.name) for example in examples_of_the_documentation()]


def given() -> list[Activity]:
    now = datetime.now(timezone.utc)
    return [
        Activity(
            platform="qq",
            group_info=GroupInfo(group_id="941657197", group_name="MaiBot"),
            user_info=UserInfo(user_id="1787882683", user_nickname="Mai"),
            active_time=now - timedelta(days=30),
        ),
        Activity(
            platform="telegram",
            group_info=GroupInfo(group_id="-1001234"),
            active_time=now - timedelta(minutes=5),
        ),
        Activity(
            platform="qq",
            user_info=UserInfo(user_id="55", user_nickname="Speaker"),
            active_time=now - timedelta(minutes=3),
        ),
    ]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server, chatapi.Client(server.address) as client:
        client.record_activity(given())
        yield server


def run(server: Server, *arguments: str) -> str:
    environment = {"CHATAPI_ADDRESS": server.address, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_replies_in_allowed_groups_only(server: Server) -> None:
    said = run(server, str(EXAMPLES / "reply_in_allowed_groups.py"), "qq:941657197", "qq:404")
    assert said.splitlines() == [
        "not known to the bot: qq:404",
        "replies in MaiBot (qq:group:941657197)",
        "silent in telegram:group:-1001234",
    ]


def test_announces_to_quiet_groups_only(server: Server) -> None:
    said = run(server, str(EXAMPLES / "announce_to_quiet_groups.py"), "--days", "7", "Hello")
    assert re.fullmatch(r"announced to MaiBot \(qq:group:941657197\), quiet since \d{4}-\d\d-\d\d\n1 groups\n", said)


def test_tells_where_it_was_last_talked_to(server: Server) -> None:
    assert run(server, str(EXAMPLES / "last_talked_to.py")).splitlines() == [
        "3 minutes ago by Speaker in private on qq",
        "5 minutes ago by someone in group -1001234 on telegram",
        "43200 minutes ago by Mai in MaiBot on qq",
    ]


@pytest.mark.parametrize("code", SNIPPETS)
def test_the_documentation_runs_and_prints_what_it_says(code: str, server: Server, tmp_path: Path) -> None:
    path = tmp_path / "snippet.py"
    path.write_text(code)
    said = run(server, str(path)).splitlines()
    for promised in re.findall(r"print\(.*\)  +# (.*)$", code, re.M):
        assert promised in said
