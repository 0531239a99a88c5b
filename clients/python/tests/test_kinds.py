"""Calls whose requests or answers are streams, as a newer contract has them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import grpc
import pytest
from in_process import serving

import chatapi
import chatapi.aio
from chatapi._methods import METHODS, Kind
from chatapi.v1 import chat_api_pb2 as pb

REQUEST = pb.GetStreamRequest(stream_id="a")


@pytest.fixture(autouse=True)
def newer_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, kind in (("Watch", Kind.SERVER_STREAM), ("Upload", Kind.CLIENT_STREAM)):
        monkeypatch.setitem(METHODS, name, replace(METHODS["GetStream"], name=name, kind=kind))


def answer(stream_id: str) -> bytes:
    return pb.GetStreamResponse(stream=pb.ChatStream(stream_id=stream_id)).SerializeToString()


def count(request: bytes, _context: Any) -> Iterator[bytes]:
    for number in range(3):
        yield answer(pb.GetStreamRequest.FromString(request).stream_id + str(number))


def break_off(_request: bytes, context: Any) -> Iterator[bytes]:
    yield answer("first")
    context.abort(grpc.StatusCode.UNAVAILABLE, "gone")


def join(requests: Iterator[bytes], _context: Any) -> bytes:
    return answer("".join(pb.GetStreamRequest.FromString(request).stream_id for request in requests))


def test_the_calls_of_this_contract_are_known_with_their_kinds() -> None:
    names = [method.name for method in pb.DESCRIPTOR.services_by_name["ChatApi"].methods]
    streams = {name for name in names if METHODS[name].kind is not Kind.UNARY}
    assert streams == {"ExportStreams", "WatchStreams"}
    assert {METHODS[name].kind for name in streams} == {Kind.SERVER_STREAM}


def test_yields_the_answers_of_a_server_stream(make_client: Any) -> None:
    with serving({"Watch": grpc.unary_stream_rpc_method_handler(count)}) as address, make_client(address) as client:
        assert [message.stream.stream_id for message in client.stream("Watch", REQUEST)] == ["a0", "a1", "a2"]


def test_a_server_stream_that_breaks_off_fails_after_what_came() -> None:
    async def with_coroutines(address: str) -> None:
        async with chatapi.aio.Client(address) as client:
            stream: Any = client.stream("Watch", REQUEST)
            assert (await anext(stream)).stream.stream_id == "first"
            with pytest.raises(chatapi.Unavailable):
                await anext(stream)

    with serving({"Watch": grpc.unary_stream_rpc_method_handler(break_off)}) as address:
        with chatapi.Client(address) as client:
            stream = client.stream("Watch", REQUEST)
            assert next(stream).stream.stream_id == "first"
            with pytest.raises(chatapi.Unavailable) as caught:
                next(stream)
            assert (caught.value.method, caught.value.request) == ("Watch", REQUEST)
        asyncio.run(with_coroutines(address))


def test_a_server_stream_that_nobody_reads_on_ends_at_the_server() -> None:
    ended = threading.Semaphore(0)

    def endless(_request: bytes, context: Any) -> Iterator[bytes]:
        context.add_callback(ended.release)
        while context.is_active():
            yield answer("more")

    async def with_coroutines(address: str) -> None:
        async with chatapi.aio.Client(address) as client:
            stream: Any = client.stream("Watch", REQUEST)
            await anext(stream)
            await stream.aclose()
            await asyncio.to_thread(ended.acquire)

    with serving({"Watch": grpc.unary_stream_rpc_method_handler(endless)}) as address:
        with chatapi.Client(address) as client:
            for _ in client.stream("Watch", REQUEST):
                break
            ended.acquire()
        asyncio.run(with_coroutines(address))


def test_closing_ends_a_server_stream() -> None:
    def silent(_request: bytes, context: Any) -> Iterator[bytes]:
        yield answer("first")
        over = threading.Event()
        context.add_callback(over.set)
        over.wait()

    async def with_coroutines(address: str) -> None:
        client = chatapi.aio.Client(address)
        stream: Any = client.stream("Watch", REQUEST)
        await anext(stream)
        next_message = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        await client.close()
        with pytest.raises(chatapi.Cancelled):
            await next_message

    with serving({"Watch": grpc.unary_stream_rpc_method_handler(silent)}) as address:
        client = chatapi.Client(address)
        stream = client.stream("Watch", REQUEST)
        next(stream)
        with ThreadPoolExecutor() as threads:
            next_message = threads.submit(next, stream)
            client.close()
            with pytest.raises(chatapi.Cancelled):
                next_message.result()
        asyncio.run(with_coroutines(address))


def test_sends_the_requests_of_a_client_stream(make_client: Any) -> None:
    with serving({"Upload": grpc.stream_unary_rpc_method_handler(join)}) as address, make_client(address) as client:
        requests = iter([REQUEST, pb.GetStreamRequest(stream_id="b")])
        assert client.call("Upload", requests).stream.stream_id == "ab"


def test_a_client_stream_is_sent_once(make_client: Any) -> None:
    tried: list[str] = []

    def refuse(_requests: Iterator[bytes], context: Any) -> bytes:
        tried.append("")
        context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
        raise AssertionError

    with serving({"Upload": grpc.stream_unary_rpc_method_handler(refuse)}) as address, make_client(address) as client:
        with pytest.raises(chatapi.Unavailable):
            client.call("Upload", iter([REQUEST]))
    assert len(tried) == 1


def test_says_which_method_is_for_which_kind(make_client: Any) -> None:
    with make_client("127.0.0.1:1") as client:
        with pytest.raises(ValueError, match="Watch answers with a stream of messages: use stream"):
            client.call("Watch", REQUEST)
        for name in ("GetStream", "Upload"):
            with pytest.raises(ValueError, match=f"{name} answers with a single message: use call"):
                client.stream(name, REQUEST)
