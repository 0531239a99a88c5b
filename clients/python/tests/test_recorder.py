"""The recorder: what a bot saw comes to a server, and a bot is never held up or failed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from forks import need_fork, run
from server import Server

import chatapi

NOW = datetime.now(timezone.utc).replace(microsecond=0)


class Gate:
    """A client that holds batches back until it is told to let them through, and counts them."""

    def __init__(self, client: chatapi.Client) -> None:
        self._client = client
        self.batches: list[int] = []
        self.came = threading.Event()
        self.open = threading.Event()
        self.error: Exception | None = None

    def record_activity(self, activities: list[chatapi.Activity]) -> Any:
        self.batches.append(len(activities))
        self.came.set()
        self.open.wait()
        if self.error:
            raise self.error
        return self._client.record_activity(activities)


def find(client: chatapi.Client, group_id: str) -> chatapi.ChatStream | None:
    return client.get_stream_by_group_id(group_id).stream


def test_what_was_seen_comes_to_the_server(server: Server) -> None:
    with chatapi.Client(server.address) as client:
        with chatapi.Recorder(server.address) as recorder:
            recorder.saw(platform="qq", group_id=11, group_name="Readers", user_id=7, user_nickname="Ann", at=NOW)
            recorder.saw(platform="qq", user_id="8", user_nickname="Bob", account=10001, at=NOW.timestamp())
        stream = find(client, "11")
        assert stream and stream.group_info and stream.group_info.group_name == "Readers"
        assert stream.last_active_time == NOW
        private = client.get_stream_by_user_id("8").stream
        assert private and private.account_id == "10001" and private.last_active_time == NOW
    assert (recorder.recorded, recorder.dropped, recorder.pending) == (2, 0, 0)


def test_it_is_sent_by_itself(server: Server) -> None:
    with chatapi.Client(server.address) as client:
        gate = Gate(client)
        gate.open.set()
        recorder = chatapi.Recorder(client=gate, interval=0.01)  # type: ignore[arg-type]
        recorder.saw(platform="qq", group_id="12")
        assert gate.came.wait(30)
        recorder.close()
        assert find(client, "12")


def test_a_chat_is_one_entry_with_what_was_seen_last(server: Server) -> None:
    with chatapi.Client(server.address) as client:
        gate = Gate(client)
        gate.open.set()
        recorder = chatapi.Recorder(client=gate, interval=3600)  # type: ignore[arg-type]
        recorder.saw(platform="qq", group_id="13", group_name="Old", user_id="1", at=NOW)
        recorder.saw(platform="qq", group_id="13", group_name="New", user_id="2", at=NOW - timedelta(seconds=5))
        recorder.saw(platform="qq", group_id="13", user_id="2", user_nickname="Bob")
        assert recorder.pending == 1
        recorder.close()
        assert gate.batches == [1]
        stream = find(client, "13")
        assert stream and stream.group_info and stream.group_info.group_name == "New"
        assert stream.user_info and stream.user_info.user_nickname == "Bob"


def test_a_thousand_chats_are_sent_at_once_and_no_more_together(server: Server) -> None:
    with chatapi.Client(server.address) as client:
        gate = Gate(client)
        recorder = chatapi.Recorder(client=gate, interval=3600)  # type: ignore[arg-type]
        for number in range(1_000):
            recorder.saw(platform="many", group_id=number)
        assert gate.came.wait(30)
        for number in range(1_000, 2_500):
            recorder.saw(platform="many", group_id=number)
        gate.open.set()
        recorder.close()
        assert sum(gate.batches) == 2_500
        assert max(gate.batches) <= 1_000
        assert len(client.get_group_streams(platform="many")) == 2_500


def test_it_never_waits_and_drops_what_has_no_room() -> None:
    with chatapi.Client() as client:
        gate = Gate(client)
        recorder = chatapi.Recorder(client=gate, interval=0.01, max_pending=5)  # type: ignore[arg-type]
        gate.error = chatapi.Unavailable("away")
        recorder.saw(platform="qq", group_id="first")
        assert gate.came.wait(30)
        for number in range(10):
            recorder.saw(platform="qq", group_id=number)
        assert (recorder.pending, recorder.dropped) == (5, 5)
        gate.open.set()
        recorder.close()
        assert (recorder.pending, recorder.dropped) == (0, 11)


def test_what_cannot_be_sent_waits_for_the_server_to_come_back() -> None:
    with Server() as server, chatapi.Client(server.address, timeout=2) as client:
        recorder = chatapi.Recorder(client=client, interval=3600)
        server.stop()
        recorder.saw(platform="qq", group_id="14", group_name="Old")
        recorder.flush()
        assert (recorder.pending, recorder.dropped) == (1, 0)
        recorder.saw(platform="qq", group_id="14", group_name="New")
        server.start()
        recorder.close()
        stream = find(client, "14")
        assert stream and stream.group_info and stream.group_info.group_name == "New"


def test_what_is_refused_is_dropped_and_keeps_nothing_else_from_coming_in(server: Server) -> None:
    with chatapi.Client(server.address) as client:
        recorder = chatapi.Recorder(client=client, interval=3600)
        for number in range(20):
            recorder.saw(platform="qq", group_id=f"good {number}")
        recorder.saw(platform="qq", group_id="bad" * 1_000)
        recorder.saw(platform="qq", group_id="later", at=NOW + timedelta(days=400))
        recorder.close()
        assert (recorder.recorded, recorder.dropped) == (20, 2)
        assert find(client, "good 19")


@pytest.mark.parametrize(
    "what",
    [{"platform": "qq"}, {"platform": "", "group_id": "1"}, {"platform": "qq", "group_id": "1", "at": "noon"}],
)
def test_nonsense_raises_nothing_and_is_counted(what: dict[str, Any]) -> None:
    with chatapi.Recorder(interval=3600) as recorder:
        recorder.saw(**what)
        assert (recorder.pending, recorder.dropped) == (0, 1)


def test_nothing_is_taken_once_it_is_closed(server: Server) -> None:
    recorder = chatapi.Recorder(server.address)
    recorder.close()
    recorder.close()
    recorder.saw(platform="qq", group_id="15")
    assert recorder.dropped == 1


def test_the_rest_is_sent_at_exit(server: Server) -> None:
    bot = "import chatapi, sys; chatapi.Recorder(sys.argv[1], interval=3600).saw(platform='qq', group_id=16)"
    done = subprocess.run([sys.executable, "-c", bot, server.address], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    with chatapi.Client(server.address) as client:
        assert find(client, "16")


def test_coroutines_have_the_same(server: Server) -> None:
    async def bot() -> None:
        async with chatapi.aio.Recorder(server.address, interval=3600) as recorder:
            recorder.saw(platform="qq", group_id=17)
            assert recorder.pending == 1
            await recorder.flush()
            assert (recorder.pending, recorder.recorded, recorder.dropped) == (0, 1, 0)

    asyncio.run(bot())
    with chatapi.Client(server.address) as client:
        assert find(client, "17")


@need_fork
def test_a_child_sends_what_it_saw_and_not_what_its_parent_did(server: Server) -> None:
    code = """
        recorder = chatapi.Recorder(interval=3600)
        recorder.saw(platform="qq", group_id="parent")
        def record():
            pending = recorder.pending
            recorder.saw(platform="qq", group_id="child")
            recorder.close()
            return pending
        def is_there(group_id):
            with chatapi.Client() as client:
                return client.get_stream_by_group_id(group_id).stream is not None
        print(in_child(record))
        print(is_there("child"), is_there("parent"))
        recorder.close()
        print(is_there("parent"))
    """
    assert run(server, code) == ["0", "True False", "True"]
