"""A fork, before and in the middle of calls."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from server import Server

import chatapi
from chatapi import chat_api

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

_LONGEST_SECONDS = 15


@pytest.fixture(autouse=True)
def one_stream(server: Server) -> Iterator[None]:
    with chatapi.Client(server.address) as client:
        client.open_stream(platform="qq", group_id="1")
    chat_api.configure(server.address)
    yield


def in_child(work: Callable[[], object]) -> str:
    """What `work` prints in a forked child, or how it ended; a child that hangs is killed and named so."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            said = str(work())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    deadline = time.monotonic() + _LONGEST_SECONDS
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(read)
            return "hangs"
        time.sleep(0.02)
    with os.fdopen(read) as pipe:
        return pipe.read() or "dies"


def lookup() -> object:
    stream = chat_api.get_stream_by_group_id("1")
    return stream and stream.platform


def test_a_child_connects_anew_and_the_parent_goes_on(server: Server) -> None:
    with chatapi.Client(server.address) as client:
        assert lookup() == "qq"
        assert in_child(lookup) == "qq"
        assert in_child(lambda: client.get_streams_summary().total_streams) == "1"
        assert in_child(lambda: in_child(lookup)) == "qq"
        assert lookup() == "qq"
        assert client.get_streams_summary().total_streams == 1


def test_a_child_keeps_to_its_deadline(server: Server) -> None:
    lookup()

    def call_nobody() -> object:
        return chatapi.Client("127.0.0.1:1", timeout=0.5).get_streams_summary()

    assert in_child(call_nobody).startswith(("Unavailable", "DeadlineExceeded"))


def test_a_fork_waits_for_the_calls_of_other_threads(server: Server) -> None:
    stop = threading.Event()

    def keep_calling() -> None:
        while not stop.is_set():
            lookup()

    threads = [threading.Thread(target=keep_calling) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        said = [in_child(lookup) for _ in range(5)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert said == ["qq"] * 5


def test_a_child_of_a_coroutines_call_gets_a_clear_error(server: Server) -> None:
    async def fork_meanwhile() -> str:
        async with chatapi.aio.Client(server.address) as client:
            await client.get_streams_summary()
            call = asyncio.create_task(client.get_streams_summary())
            await asyncio.sleep(0)
            said = in_child(lookup)
            await call
            return said

    assert asyncio.run(fork_meanwhile()).startswith("ForkedError: this process was forked while calls were in flight")


def test_a_child_can_use_coroutines(server: Server) -> None:
    async def call() -> int:
        async with chatapi.aio.Client(server.address) as client:
            return (await client.get_streams_summary()).total_streams

    asyncio.run(call())
    assert in_child(lambda: asyncio.run(call())) == "1"


def test_processes_of_a_pool_answer(server: Server) -> None:
    lookup()
    if sys.platform == "linux":
        with multiprocessing.get_context("fork").Pool(2) as pool:
            assert pool.apply_async(lookup).get(_LONGEST_SECONDS) == "qq"
