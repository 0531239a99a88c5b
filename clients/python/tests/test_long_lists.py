"""Lists that do not fit one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from in_process import serving, status
from server import Server

import chatapi
from chatapi import Activity, GroupInfo, chat_api
from chatapi.aio import chat_api as aio_chat_api

COUNT = 1500
NAME = "group " * 80
"""Long enough that so many groups have more than 512 KiB."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(["--max-message-bytes", "512KiB"]) as server, chatapi.Client(server.address) as client:
        for start in range(0, COUNT, 100):
            client.record_activity(
                Activity(platform="qq", group_info=GroupInfo(group_id=str(number), group_name=NAME))
                for number in range(start, start + 100)
            )
        yield server


def test_fetches_the_pages_of_a_list_unasked(client: Any) -> None:
    with pytest.raises(chatapi.ResourceExhausted) as caught:
        client.call("GetGroupStreams", chatapi.v1.chat_api_pb2.GetGroupStreamsRequest())
    assert caught.value.reason == "ERROR_REASON_LIST_TOO_LARGE"
    numbers = [stream.group_info.group_id for stream in client.get_group_streams()]
    assert numbers == [str(number) for number in range(COUNT)]
    assert [stream.group_info.group_id for stream in client.iter_group_streams()] == numbers


def test_fetches_the_pages_for_the_drop_in_of_coroutines(server: Server) -> None:
    aio_chat_api.configure(server.address)
    streams = asyncio.run(aio_chat_api.get_group_streams())
    assert [stream["group_id"] for stream in streams] == [str(n) for n in range(COUNT)]


def test_fetches_the_pages_for_the_drop_in(server: Server) -> None:
    chat_api.configure(server.address)
    streams = chat_api.get_group_streams()
    assert [stream.group_info and stream.group_info.group_id for stream in streams] == [str(n) for n in range(COUNT)]
    assert all(one is other for one, other in zip(streams, chat_api.get_all_streams(), strict=True))
    assert list(chat_api.get_chat_manager().streams.values()) == streams


@pytest.mark.parametrize("reason", ["ERROR_REASON_RATE_LIMITED", "ERROR_REASON_MESSAGE_TOO_LARGE", ""])
def test_asks_for_no_pages_where_something_else_is_exhausted(reason: str, make_client: Any) -> None:
    asked: list[bytes] = []

    def exhausted(request: bytes, context: Any) -> bytes:
        asked.append(request)
        context.set_trailing_metadata([("grpc-status-details-bin", status(reason, 8))])
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too much")
        raise AssertionError

    with serving({"GetGroupStreams": exhausted}) as address, make_client(address) as client:
        chat_api.configure(address)
        aio_chat_api.configure(address)
        for lists in (
            client.get_group_streams,
            chat_api.get_group_streams,
            lambda: asyncio.run(aio_chat_api.get_group_streams()),
        ):
            asked.clear()
            with pytest.raises(chatapi.ResourceExhausted) as caught:
                lists()
            assert caught.value.reason == reason
            assert len(asked) == 1
