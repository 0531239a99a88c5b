"""The drop-in as coroutines, for plugins of MaiBot 1.x."""

from __future__ import annotations

import asyncio
import copy
import inspect
import pickle
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from server import Server

import chatapi
from chatapi import Activity, GroupInfo, UserInfo
from chatapi import chat_api as threads
from chatapi.aio import chat_api
from chatapi.chat_api import SpecialTypes

NOON = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server, chatapi.Client(server.address) as client:
        client.record_activity(
            [
                Activity(
                    platform="qq",
                    group_info=GroupInfo(group_id="941657197", group_name="MaiBot"),
                    account_id="10001",
                    active_time=NOON,
                ),
                Activity(
                    platform="qq", user_info=UserInfo(user_id="1787882683", user_nickname="Mai"), active_time=NOON
                ),
                Activity(platform="telegram", group_info=GroupInfo(group_id="5"), active_time=NOON),
            ]
        )
        yield server


@pytest.fixture(autouse=True)
def configured(server: Server) -> None:
    chat_api.configure(server.address)


def test_has_the_functions_of_the_other_module_with_their_parameters() -> None:
    for name in threads.__all__:
        if name.startswith("get_stream") or name.endswith("_streams"):
            own, other = inspect.signature(getattr(chat_api, name)), inspect.signature(getattr(threads, name))
            assert inspect.iscoroutinefunction(getattr(chat_api, name))
            assert [(p.name, p.default) for p in own.parameters.values()] == [
                (p.name, p.default) for p in other.parameters.values()
            ]


def test_a_stream_is_a_dict_of_1x() -> None:
    async def plugin() -> None:
        stream = await chat_api.get_stream_by_group_id("941657197")
        assert stream == {
            "session_id": "6ec2fb04dac7799a763b153c7e039fe1",
            "stream_id": "6ec2fb04dac7799a763b153c7e039fe1",
            "platform": "qq",
            "user_id": None,
            "user_nickname": None,
            "user_cardname": None,
            "group_id": "941657197",
            "group_name": "MaiBot",
            "account_id": "10001",
            "scope": None,
            "is_group_session": True,
            "chat_type": "group",
        }
        user = await chat_api.get_stream_by_user_id("1787882683")
        assert user is not None
        assert (user["user_nickname"], user["chat_type"], user["is_group_session"]) == ("Mai", "private", False)

    asyncio.run(plugin())


def test_a_stream_has_the_attributes_of_0x_too() -> None:
    async def plugin() -> None:
        stream = await chat_api.get_stream_by_group_id("941657197")
        assert stream is not None
        assert stream.group_info.group_name == "MaiBot"
        assert stream.last_active_time == NOON.timestamp()
        assert await chat_api.get_stream_type(stream) == "group"
        assert (await chat_api.get_stream_info(stream.stream))["group_id"] == "941657197"
        with pytest.raises(AttributeError):
            stream.nonsense  # noqa: B018

    asyncio.run(plugin())


def test_lists_and_counts() -> None:
    async def plugin() -> None:
        assert [stream["platform"] for stream in await chat_api.get_all_streams()] == ["qq", "qq"]
        for everywhere in ("all_platforms", SpecialTypes.ALL_PLATFORMS):
            assert len(await chat_api.get_all_streams(everywhere)) == 3
            assert len(await chat_api.get_group_streams(platform=everywhere)) == 2
            assert len(await chat_api.get_private_streams(everywhere)) == 1
            assert await chat_api.get_stream_by_group_id("5", everywhere)
        assert await chat_api.get_stream_by_group_id("5") is None
        summary = await chat_api.get_streams_summary()
        assert summary == {"total_streams": 3, "group_streams": 2, "private_streams": 1, "qq_streams": 2}

    asyncio.run(plugin())


def test_checks_arguments_as_the_other_module_does() -> None:
    async def plugin() -> None:
        anything: Any = None
        with pytest.raises(TypeError, match="platform"):
            await chat_api.get_all_streams(anything)
        with pytest.raises(TypeError, match="group_id"):
            await chat_api.get_stream_by_group_id(anything)
        with pytest.raises(ValueError, match="user_id"):
            await chat_api.get_stream_by_user_id("")
        with pytest.raises(TypeError):
            await chat_api.get_stream_type(anything)
        with pytest.raises(ValueError):
            await chat_api.get_stream_info(anything)

    asyncio.run(plugin())


def test_raises_where_1x_answers_with_a_truthy_dict() -> None:
    async def plugin() -> None:
        chat_api.configure("127.0.0.1:1", timeout=0.2)
        with pytest.raises(chatapi.ChatApiError):
            await chat_api.get_all_streams()

    asyncio.run(plugin())


def test_opens_a_session_without_splitting_a_chat() -> None:
    async def plugin() -> None:
        known = await chat_api.get_stream_by_group_id("941657197")
        assert known is not None
        found = await chat_api.open_session("qq", "group", group_id="941657197")
        assert found == {**known, "success": True, "created": False, "stream": known}
        opened = await chat_api.open_session(platform="opened", chat_type="private", user_id="7")
        assert (opened["user_id"], opened["chat_type"]) == ("7", "private")
        with pytest.raises(chatapi.InvalidArgument):
            await chat_api.open_session("qq", "private", user_id="7", group_id="8")
        with pytest.raises(ValueError, match="chat_type"):
            await chat_api.open_session("qq", "channel", user_id="7")

    asyncio.run(plugin())


def test_opens_sessions_as_1x_does() -> None:
    async def plugin() -> None:
        group = await chat_api.get_stream_by_group_id("941657197")
        user = await chat_api.get_stream_by_user_id("1787882683")
        assert (await chat_api.open_session(user_id="1787882683")).stream == user
        anything: Any = None
        for opened in (
            await chat_api.open_session(group_id="941657197"),
            await chat_api.open_session(user_id="5", group_id="941657197"),
            await chat_api.open_session("qq", "GROUP", user_id="5", group_id="941657197"),
            await chat_api.open_session(" ", " Group ", anything, 941657197, account_id=10001, scope=anything),
            await chat_api.open_session(group_id=" 941657197 "),
        ):
            assert opened == {**group, "success": True, "created": False, "stream": group}  # type: ignore[dict-item]
        created = await chat_api.open_session("opened", user_id=8)
        assert (created["created"], created["user_id"], created.created) == (True, "8", True)
        assert (await chat_api.open_session("opened", user_id="8")).created is False
        with pytest.raises(chatapi.InvalidArgument):
            await chat_api.open_session()
        with pytest.raises(TypeError, match="user_id: expected str, got float"):
            await chat_api.open_session(user_id=1.5)  # type: ignore[arg-type]

    asyncio.run(plugin())


def test_ignores_keywords_that_it_does_not_know_with_a_warning() -> None:
    async def plugin() -> None:
        with pytest.warns(UserWarning, match="open_session: priority is not known here") as warned:
            opened = await chat_api.open_session(group_id="941657197", priority=3)
        assert opened["group_id"] == "941657197"
        assert [warning.filename for warning in warned] == [__file__]

    asyncio.run(plugin())


def test_a_session_has_its_keys_as_attributes_too() -> None:
    async def plugin() -> None:
        session = await chat_api.get_stream("6ec2fb04dac7799a763b153c7e039fe1")
        assert session is not None
        assert {name: getattr(session, name) for name in session} == session
        assert session == await chat_api.get_stream_by_group_id("941657197")
        assert session.user_info.user_nickname == ""
        assert await chat_api.get_stream("no such id") is None
        opened = await chat_api.open_session(group_id="941657197")
        assert {name: getattr(opened, name) for name in opened} == opened
        assert opened.stream.last_active_time == opened.last_active_time == NOON.timestamp()
        assert await chat_api.get_stream_type(opened) == await chat_api.get_stream_type(opened.stream) == "group"
        for copied in (copy.copy(opened), copy.deepcopy(opened), pickle.loads(pickle.dumps(opened))):
            assert copied == opened
            assert copied.create_time == opened.create_time

    asyncio.run(plugin())


def test_finds_by_ids_that_are_numbers() -> None:
    async def plugin() -> None:
        group = await chat_api.get_stream_by_group_id(941657197)
        assert group == await chat_api.get_stream_by_group_id("941657197")
        assert group is not None
        user = await chat_api.get_stream_by_user_id(1787882683)
        assert user is not None
        assert user["user_nickname"] == "Mai"

    asyncio.run(plugin())


def test_answers_one_event_loop_after_another() -> None:
    for _ in range(3):
        assert len(asyncio.run(chat_api.get_all_streams())) == 2
