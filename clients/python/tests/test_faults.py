"""What goes wrong between a client and its server."""

from __future__ import annotations

import http.server
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from in_process import serving
from server import Server

import chatapi
from chatapi import Activity, UserInfo
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


def test_speaks_tls_to_a_server_whose_certificate_it_is_given(make_client: Any, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, *subject],
        check=True,
        capture_output=True,
    )
    credentials = grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())])
    with serving({"GetStreamsSummary": lambda _request, _context: b""}, credentials) as address:
        with make_client(f"https://{address}", root_certificates=certificate.read_bytes()) as client:
            assert client.get_streams_summary().total_streams == 0
        with make_client(f"https://{address}") as client:
            with pytest.raises(chatapi.Unavailable, match="answered over TLS"):
                client.get_streams_summary()
        with make_client(address) as client:
            with pytest.raises(chatapi.ChatApiError, match="does it want https://"):
                client.get_streams_summary(timeout=1)


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
