"""Lists that do not fit one answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from server import Server

import chatapi
from chatapi import Activity, GroupInfo, chat_api

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


def test_fetches_the_pages_for_the_drop_in(server: Server) -> None:
    chat_api.configure(server.address)
    streams = chat_api.get_group_streams()
    assert [stream.group_info and stream.group_info.group_id for stream in streams] == [str(n) for n in range(COUNT)]
    assert all(one is other for one, other in zip(streams, chat_api.get_all_streams(), strict=True))
    assert list(chat_api.get_chat_manager().streams.values()) == streams
