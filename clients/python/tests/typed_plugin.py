# pyright: strict
"""A plugin as a user writes it, for the type checkers of test_types.py. It is checked, never run."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any, assert_type

import chatapi
import chatapi.aio
from chatapi import chat_api
from chatapi.aio import chat_api as aio_chat_api


def with_threads(address: str | None) -> None:
    with chatapi.Client(address, token="secret", timeout=3) as client:
        assert_type(client, chatapi.Client)
        found = client.get_stream_by_group_id("941657197", platform=chatapi.ALL_PLATFORMS)
        assert_type(found.stream, chatapi.ChatStream | None)
        if found.stream:
            assert_type(found.stream.last_active_time, datetime)
            assert_type(found.stream.group_info, chatapi.GroupInfo | None)
            assert_type(found.stream.type, chatapi.StreamType)
            assert_type(found.stream.labels, dict[str, str])
            assert_type(dataclasses.asdict(found.stream), dict[str, Any])
        assert_type(client.get_all_streams(platform="qq"), list[chatapi.ChatStream])
        assert_type(client.iter_all_streams(), Iterator[chatapi.ChatStream])
        assert_type(client.query_streams(chatapi.StreamFilter(name_contains="mai")), list[chatapi.ChatStream])
        assert_type(client.resolve_stream("7").stream, chatapi.ChatStream | None)
        assert_type(client.batch_resolve_streams(["7"])[0].candidates[0].spelling, chatapi.Spelling)
        assert_type(client.list_duplicates().duplicates[0].reason, chatapi.DuplicateReason)
        assert_type(client.iter_query_streams(), Iterator[chatapi.ChatStream])
        assert_type(client.get_stream_info("id").group_name, str | None)
        assert_type(client.get_streams_summary().total_streams, int)
        assert_type(client.batch_get_streams({"id"}).missing_stream_ids, tuple[str, ...])
        assert_type(client.open_stream(platform="qq", user_id="1").created, bool)
        activity = chatapi.Activity(platform="qq", user_info=chatapi.UserInfo(user_id="1"))
        assert_type(client.record_activity([activity]).results[0].outcome, chatapi.Outcome)
        try:
            client.get_stream("id")
        except chatapi.NotFound as error:
            assert_type(error.code, chatapi.Code)
            assert_type(error.reason, str)
            assert_type(error.fields, tuple[chatapi.FieldViolation, ...])
            assert_type(error.retry_after, float | None)


async def with_coroutines() -> None:
    async with chatapi.aio.Client() as client:
        assert_type(client, chatapi.aio.Client)
        assert_type(await client.get_all_streams(), list[chatapi.ChatStream])
        assert_type(client.iter_group_streams(), AsyncIterator[chatapi.ChatStream])
        assert_type(await client.get_stream("id"), chatapi.ChatStream)
    session = await aio_chat_api.get_stream_by_group_id("1")
    assert_type(session, aio_chat_api.Session | None)
    assert_type(await aio_chat_api.get_streams_summary(), dict[str, int])
    opened = await aio_chat_api.open_session(user_id="1", more=1)
    assert_type(opened, aio_chat_api.OpenedSession)
    assert_type(opened.stream, aio_chat_api.Session)
    assert_type(await aio_chat_api.get_stream("1"), aio_chat_api.Session | None)


def of_maibot() -> None:
    chatapi.install_as_maibot(legacy_errors=True)
    streams = chat_api.get_group_streams(chat_api.SpecialTypes.ALL_PLATFORMS)
    assert_type(streams, list[chat_api.ChatStream])
    for stream in streams:
        assert_type(stream.user_info.user_nickname, str | None)
        assert_type(stream.last_active_time, float)
        if stream.group_info:
            assert_type(stream.group_info.group_name, str | None)
        assert_type(chat_api.get_stream_info(stream), dict[str, Any])
    manager = chat_api.get_chat_manager()
    assert_type(manager.get_stream("id"), chat_api.ChatStream | None)
    assert_type(manager.streams, dict[str, chat_api.ChatStream])
