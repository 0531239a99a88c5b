"""What goes wrong between a client and its server."""

from __future__ import annotations

import asyncio
import http.server
import pickle
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from in_process import serving, status
from server import Server

import chatapi
import chatapi.aio
from chatapi import Activity, UserInfo, _retries
from chatapi.v1 import chat_api_pb2 as pb


@pytest.fixture
def own_server() -> Iterator[Server]:
    with Server() as server:
        yield server


def test_says_that_no_server_runs_and_recovers_by_itself(make_client: Any, own_server: Server) -> None:
    own_server.stop()
    with make_client(own_server.address, timeout=8) as client:
        started = time.monotonic()
        with pytest.raises(chatapi.Unavailable, match=f"address {own_server.address}: no ChatApi server answered"):
            client.get_streams_summary()
        assert time.monotonic() - started < 8
        own_server.start()
        assert client.get_streams_summary().total_streams == 0


def test_a_deadline_ends_the_attempts(make_client: Any, own_server: Server) -> None:
    own_server.stop()
    with make_client(own_server.address) as client:
        started = time.monotonic()
        with pytest.raises((chatapi.Unavailable, chatapi.DeadlineExceeded)):
            client.get_streams_summary(timeout=0.3)
        assert time.monotonic() - started < 1


def test_survives_restarts_of_the_server_between_calls(make_client: Any, own_server: Server) -> None:
    with make_client(own_server.address) as client:
        opened = client.open_stream(platform="qq", user_id="1")
        for how in (signal.SIGTERM, signal.SIGKILL):
            own_server.stop(how)
            own_server.start()
            assert client.get_stream(opened.stream.stream_id) == opened.stream


def test_a_call_waits_for_a_server_that_restarts_meanwhile(make_client: Any, own_server: Server) -> None:
    with make_client(own_server.address) as client:
        client.get_streams_summary()
        own_server.stop(signal.SIGKILL)
        restart = threading.Thread(target=own_server.start)
        restart.start()
        assert client.get_streams_summary().total_streams == 0
        restart.join()


def test_survives_a_server_that_freezes(make_client: Any, own_server: Server) -> None:
    with make_client(own_server.address) as client:
        client.get_streams_summary()
        own_server.send(signal.SIGSTOP)
        with pytest.raises(chatapi.DeadlineExceeded):
            client.get_streams_summary(timeout=0.5)
        own_server.send(signal.SIGCONT)
        assert client.get_streams_summary().total_streams == 0


def test_tries_again_only_what_has_no_side_effects(make_client: Any) -> None:
    tried: list[str] = []

    def fail(name: str) -> Any:
        def answer(_request: bytes, context: Any) -> bytes:
            tried.append(name)
            context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
            raise AssertionError

        return answer

    with serving({name: fail(name) for name in ("GetStream", "OpenStream", "RecordActivity")}) as address:
        with make_client(address) as client:
            for call in (
                lambda: client.get_stream("a"),
                lambda: client.open_stream(platform="qq", user_id="1"),
                lambda: client.record_activity([Activity(platform="qq", user_info=UserInfo(user_id="1"))]),
            ):
                with pytest.raises(chatapi.Unavailable):
                    call()
    assert tried == ["GetStream"] * 5 + ["OpenStream", "RecordActivity"]


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code.name not in ("OK", "UNAVAILABLE")])
def test_tries_nothing_again_but_what_is_unavailable(code: Any, make_client: Any) -> None:
    tried: list[str] = []

    def answer(_request: bytes, context: Any) -> bytes:
        tried.append(code.name)
        context.abort(code, "no")
        raise AssertionError

    with serving({"GetStream": answer}) as address, make_client(address) as client:
        with pytest.raises(chatapi.ChatApiError) as caught:
            client.get_stream("a")
    assert tried == [code.name] == [caught.value.code]
    of_its_own = {"UNKNOWN": "ChatApiError", "DATA_LOSS": "ChatApiError"}
    assert type(caught.value).__name__ == of_its_own.get(code.name, code.name.title().replace("_", ""))


def test_all_attempts_share_one_deadline(make_client: Any) -> None:
    left: list[float] = []

    def answer(_request: bytes, context: Any) -> bytes:
        left.append(context.time_remaining())
        context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
        raise AssertionError

    with serving({"GetStream": answer}) as address, make_client(address) as client:
        with pytest.raises(chatapi.Unavailable):
            client.get_stream("a", timeout=60)
    # The pauses alone are that long.
    assert left[0] - left[-1] > 2


def test_tries_less_while_the_server_is_known_to_be_away_and_as_before_when_it_is_back(
    make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(_retries, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    tried: list[str] = []
    away = [True]

    def answer(_request: bytes, context: Any) -> bytes:
        tried.append("")
        if away[0]:
            context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
        return b""

    def attempts() -> int:
        tried.clear()
        with pytest.raises(chatapi.Unavailable):
            client.get_streams_summary()
        return len(tried)

    with serving({"GetStreamsSummary": answer}) as address, make_client(address) as client:
        assert [attempts() for _ in range(3)] == [5, 1, 1]
        # It rests for so long after each call that was tried in vain.
        for rest in (0.25, 0.5, 1, 1):
            clock[0] += rest - 0.01
            assert attempts() == 1
            clock[0] += 0.01
            assert [attempts() for _ in range(2)] == [3, 1]
        away[0] = False
        client.get_streams_summary()
        away[0] = True
        assert attempts() == 5


def test_a_server_that_says_why_it_is_unavailable_is_not_away(make_client: Any) -> None:
    tried: list[str] = []
    reasons = ["", "ERROR_REASON_DIRECTORY_LOADING"]

    def loading(_request: bytes, context: Any) -> bytes:
        tried.append("")
        context.set_trailing_metadata([("grpc-status-details-bin", status(reasons[0], 14))])
        context.abort(grpc.StatusCode.UNAVAILABLE, "loading")
        raise AssertionError

    def attempts() -> int:
        tried.clear()
        with pytest.raises(chatapi.Unavailable) as caught:
            client.get_streams_summary()
        assert caught.value.reason == reasons[0]
        return len(tried)

    with serving({"GetStreamsSummary": loading}) as address, make_client(address) as client:
        assert attempts() == 5
        reasons.pop(0)
        assert [attempts() for _ in range(3)] == [1, 5, 5]


def test_a_loop_over_many_groups_ends_while_the_server_is_down(make_client: Any, own_server: Server) -> None:
    own_server.stop()
    with make_client(own_server.address) as client:
        for number in range(100):
            with pytest.raises(chatapi.Unavailable):
                client.get_stream_by_group_id(str(number))
        own_server.start()
        assert client.get_streams_summary().total_streams == 0


def test_failures_are_also_what_python_calls_them(make_client: Any, server: Server, own_server: Server) -> None:
    with make_client(server.address) as client:
        with pytest.raises(LookupError):
            client.get_stream("no such id")
    with make_client(own_server.address) as client:
        client.get_streams_summary()
        own_server.send(signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            client.get_streams_summary(timeout=0.3)
        own_server.send(signal.SIGCONT)
    own_server.stop()
    with make_client(own_server.address) as client:
        with pytest.raises(ConnectionError) as caught:
            client.get_streams_summary()
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (type(copy), str(copy)) == (chatapi.Unavailable, str(caught.value))


def test_closing_ends_a_call_under_way() -> None:
    answering, closed = threading.Event(), threading.Event()

    def dawdle(_request: bytes, _context: Any) -> bytes:
        answering.set()
        closed.wait()
        return b""

    async def with_coroutines(address: str) -> None:
        client = chatapi.aio.Client(address)
        call = asyncio.create_task(client.get_streams_summary())
        await asyncio.to_thread(answering.wait)
        await client.close()
        with pytest.raises(chatapi.Cancelled):
            await call
        with pytest.raises(chatapi.ClientClosed):
            await client.get_streams_summary()

    with serving({"GetStreamsSummary": dawdle}) as address:
        client = chatapi.Client(address)
        with ThreadPoolExecutor() as threads:
            call = threads.submit(client.get_streams_summary)
            answering.wait()
            client.close()
            with pytest.raises(chatapi.Cancelled):
                call.result()
        answering.clear()
        asyncio.run(with_coroutines(address))
        closed.set()


def test_sends_the_token_and_the_version(make_client: Any) -> None:
    seen: dict[str, Any] = {}

    def note(_request: bytes, context: Any) -> bytes:
        seen.update(context.invocation_metadata())
        return b""

    with serving({"GetStreamsSummary": note}) as address, make_client(address, token="secret") as client:
        client.get_streams_summary()
    assert seen["authorization"] == "Bearer secret"
    assert seen["user-agent"].startswith(f"chatapi-python/{chatapi.__version__} grpc-python")


def test_says_so_when_something_else_answers(make_client: Any) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        with make_client(f"127.0.0.1:{other.server_port}") as client:
            with pytest.raises(chatapi.ChatApiError, match="something answered, but no ChatApi server"):
                client.get_streams_summary()
        other.shutdown()


def test_says_so_when_a_server_accepts_and_keeps_silent(make_client: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with make_client(f"127.0.0.1:{silent.getsockname()[1]}", timeout=1) as client:
            with pytest.raises(chatapi.ChatApiError, match="no ChatApi server answered"):
                client.get_streams_summary()


def test_says_so_when_the_server_speaks_plain_text(make_client: Any, server: Server) -> None:
    with make_client(f"https://{server.address}") as client:
        with pytest.raises(chatapi.Unavailable, match="answered over TLS; is it running, does it speak TLS"):
            client.get_streams_summary()


def test_keeps_to_the_deadline_of_the_client_and_of_a_call(make_client: Any) -> None:
    def dawdle(_request: bytes, _context: Any) -> bytes:
        time.sleep(0.5)
        return b""

    with serving({"GetStreamsSummary": dawdle}) as address:
        with make_client(address, timeout=0.1) as client:
            with pytest.raises(chatapi.DeadlineExceeded):
                client.get_streams_summary()
            client.get_streams_summary(timeout=5)
        with make_client(address) as client:
            with pytest.raises(chatapi.DeadlineExceeded):
                client.get_streams_summary(timeout=0.1)


def test_a_page_token_of_another_directory_is_refused(make_client: Any, server: Server, own_server: Server) -> None:
    with make_client(server.address) as other, make_client(own_server.address) as client:
        for user_id in ("1", "2"):
            other.open_stream(platform="qq", user_id=user_id)
        page = other.call("GetAllStreams", pb.GetAllStreamsRequest(page_size=1))
        assert page.next_page_token
        with pytest.raises(chatapi.InvalidArgument) as caught:
            client.call("GetPrivateStreams", pb.GetPrivateStreamsRequest(page_token=page.next_page_token))
        assert caught.value.reason.startswith("ERROR_REASON_PAGE_TOKEN_")
        assert [field.field for field in caught.value.fields] == ["page_token"]
        with pytest.raises(chatapi.InvalidArgument) as caught:
            client.call("GetAllStreams", pb.GetAllStreamsRequest(page_token="made up"))
        assert caught.value.reason == "ERROR_REASON_PAGE_TOKEN_INVALID"
