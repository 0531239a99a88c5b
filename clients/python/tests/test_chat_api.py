"""The drop-in equals MaiBot's module: names, arguments, results, exceptions."""

from __future__ import annotations

import asyncio
import inspect
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest
from in_process import serving
from server import Server

import chatapi
from chatapi import Activity, GroupInfo, UserInfo, chat_api
from chatapi._maibot import kept_streams
from chatapi.chat_api import ChatManager, ChatStream, SpecialTypes
from chatapi.v1 import chat_api_pb2 as pb

GROUP_ID = "a544edeb1a9b73e3e1d77dff36e41264"
USER_ID = "b8f3a2f1a141dab0218071e5af2d3e1e"
NOON = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server, chatapi.Client(server.address) as client:
        client.record_activity(
            [
                Activity(
                    platform="qq",
                    group_info=GroupInfo(group_id="941657197", group_name="MaiBot"),
                    user_info=UserInfo(user_id="55", user_nickname="Speaker"),
                    active_time=NOON,
                ),
                Activity(
                    platform="qq",
                    user_info=UserInfo(user_id="1787882683", user_nickname="Mai"),
                    active_time=NOON,
                ),
                Activity(platform="qq", group_info=GroupInfo(group_id="7"), active_time=NOON),
                Activity(platform="telegram", group_info=GroupInfo(group_id="941657197"), active_time=NOON),
                Activity(platform="discord", user_info=UserInfo(user_id="43"), active_time=NOON),
            ]
        )
        yield server


@pytest.fixture(autouse=True, params=[False, True], ids=["calls", "replica"])
def configured(server: Server, request: pytest.FixtureRequest) -> None:
    chat_api.configure(server.address, replica=request.param)


class BotInfo:
    """A user or a group of a bot in whose process a plugin runs: another class than those of this package."""

    def __init__(self, **fields: str) -> None:
        vars(self).update(fields)


class BotStream:
    """A stream of that bot."""

    def __init__(self, user_info: Any, group_info: Any) -> None:
        self.stream_id, self.platform = "of the bot", "qq"
        self.user_info, self.group_info = user_info, group_info
        self.create_time = self.last_active_time = NOON.timestamp()


def group() -> ChatStream:
    stream = chat_api.get_stream_by_group_id("941657197")
    assert stream is not None
    return stream


def user() -> ChatStream:
    stream = chat_api.get_stream_by_user_id("1787882683")
    assert stream is not None
    return stream


class TestNames:
    def test_has_the_names_of_the_original(self) -> None:
        functions = {name for name in chat_api.__all__ if inspect.isfunction(getattr(chat_api, name))}
        assert functions - {"configure"} == {
            *("get_all_streams", "get_group_streams", "get_private_streams", "get_stream_by_group_id"),
            *("get_stream_by_user_id", "get_stream_type", "get_stream_info", "get_streams_summary"),
            "get_chat_manager",
        }
        assert not hasattr(chat_api, "get_all_group_streams")
        assert [member.name for member in SpecialTypes] == ["ALL_PLATFORMS"]
        assert SpecialTypes.ALL_PLATFORMS.value == "all_platforms"

    @pytest.mark.parametrize(
        ("function", "method"),
        [
            ("get_all_streams", "get_all_streams"),
            ("get_group_streams", "get_group_streams"),
            ("get_private_streams", "get_private_streams"),
            ("get_stream_by_group_id", "get_group_stream_by_group_id"),
            ("get_stream_by_user_id", "get_private_stream_by_user_id"),
            ("get_stream_type", "get_stream_type"),
            ("get_stream_info", "get_stream_info"),
            ("get_streams_summary", "get_streams_summary"),
        ],
    )
    def test_has_each_as_a_static_method_of_chat_manager(self, function: str, method: str) -> None:
        assert isinstance(inspect.getattr_static(ChatManager, method), staticmethod)
        own, static = (inspect.signature(f) for f in (getattr(chat_api, function), getattr(ChatManager, method)))
        assert own == static
        if "platform" in own.parameters:
            assert own.parameters["platform"].default == "qq"

    def test_refuses_other_arguments(self) -> None:
        for call in (
            lambda: chat_api.get_all_streams("qq", "more"),  # type: ignore[call-arg]
            lambda: chat_api.get_group_streams(plattform="qq"),  # type: ignore[call-arg]
            lambda: chat_api.get_stream_by_group_id(),  # type: ignore[call-arg]
            lambda: chat_api.get_streams_summary("qq"),  # type: ignore[call-arg]
        ):
            with pytest.raises(TypeError):
                call()


class TestLists:
    def test_lists_in_the_order_of_the_directory(self) -> None:
        assert chat_api.get_all_streams() == [group(), user(), chat_api.get_stream_by_group_id("7")]
        assert chat_api.get_group_streams() == [group(), chat_api.get_stream_by_group_id("7")]
        assert chat_api.get_private_streams("qq") == [user()]
        assert [s.platform for s in chat_api.get_group_streams(SpecialTypes.ALL_PLATFORMS)] == ["qq", "qq", "telegram"]
        assert len(chat_api.get_all_streams(platform=SpecialTypes.ALL_PLATFORMS)) == 5

    @pytest.mark.parametrize("platform", ["", "QQ", " qq", "all_platforms", "x" * 300, "\ud800"])
    def test_knows_nothing_of_other_platforms(self, platform: str) -> None:
        assert chat_api.get_all_streams(platform) == []
        assert chat_api.get_group_streams(platform) == []
        assert chat_api.get_private_streams(platform) == []
        assert chat_api.get_stream_by_group_id("941657197", platform) is None
        assert chat_api.get_stream_by_user_id("1787882683", platform) is None

    def test_takes_the_special_type_of_the_bot_itself(self) -> None:
        special: Any = Enum("SpecialTypes", {"ALL_PLATFORMS": "all_platforms"})
        everywhere = chat_api.get_all_streams(special.ALL_PLATFORMS)
        assert everywhere == chat_api.get_all_streams(SpecialTypes.ALL_PLATFORMS)
        assert chat_api.get_stream_by_user_id("43", special.ALL_PLATFORMS) is not None

    def test_a_list_is_the_callers_own(self) -> None:
        chat_api.get_all_streams().clear()
        assert len(chat_api.get_all_streams()) == 3


class TestLookups:
    @pytest.mark.parametrize("group_id", ["941657197 ", "0941657197", "941657197.0", "x" * 600, "\ud800"])
    def test_compares_ids_as_text(self, group_id: str) -> None:
        assert chat_api.get_stream_by_group_id(group_id) is None

    def test_finds_on_all_platforms(self) -> None:
        found = chat_api.get_stream_by_user_id("43", SpecialTypes.ALL_PLATFORMS)
        assert found is not None
        assert found.platform == "discord"
        assert chat_api.get_stream_by_user_id("43") is None

    def test_a_user_of_a_group_is_no_private_chat(self) -> None:
        assert chat_api.get_stream_by_user_id("55") is None


class TestArguments:
    @pytest.fixture(autouse=True)
    def nothing_is_sent(self) -> None:
        chat_api.configure("127.0.0.1:1", timeout=0.2)

    @pytest.mark.parametrize("platform", [None, 1, b"qq", ["qq"], chatapi.ALL_PLATFORMS])
    def test_refuses_a_platform_of_another_type(self, platform: Any) -> None:
        for call in (chat_api.get_all_streams, chat_api.get_group_streams, chat_api.get_private_streams):
            with pytest.raises(TypeError, match="platform"):
                call(platform)
        for lookup in (chat_api.get_stream_by_group_id, chat_api.get_stream_by_user_id):
            with pytest.raises(TypeError, match="platform"):
                lookup("", platform)

    @pytest.mark.parametrize("value", [None, 941657197, b"1", 0])
    def test_refuses_an_id_of_another_type_before_the_platform(self, value: Any) -> None:
        with pytest.raises(TypeError, match="group_id"):
            chat_api.get_stream_by_group_id(value, None)
        with pytest.raises(TypeError, match="user_id"):
            chat_api.get_stream_by_user_id(value, None)

    def test_names_the_argument_and_its_type(self) -> None:
        number: Any = 941657197
        with pytest.raises(TypeError, match=r"^group_id: expected str, got int$"):
            chat_api.get_stream_by_group_id(number)
        with pytest.raises(TypeError, match=r"^user_id: expected str, got int$"):
            chat_api.get_stream_by_user_id(number)

    def test_refuses_an_empty_id_last(self) -> None:
        with pytest.raises(ValueError, match="group_id"):
            chat_api.get_stream_by_group_id("")
        with pytest.raises(ValueError, match="user_id"):
            chat_api.get_stream_by_user_id("", SpecialTypes.ALL_PLATFORMS)

    @pytest.mark.parametrize("value", [None, "", 0, [], {}])
    def test_type_and_info_refuse_the_empty_differently(self, value: Any) -> None:
        with pytest.raises(TypeError):
            chat_api.get_stream_type(value)
        with pytest.raises(ValueError):
            chat_api.get_stream_info(value)

    @pytest.mark.parametrize("value", ["id", 1, object(), {"stream_id": "1"}])
    def test_type_and_info_refuse_other_types(self, value: Any) -> None:
        with pytest.raises(TypeError):
            chat_api.get_stream_type(value)
        with pytest.raises(TypeError):
            chat_api.get_stream_info(value)

    def test_swallowing_failures_does_not_swallow_these(self) -> None:
        chat_api.configure("127.0.0.1:1", legacy_errors=True)
        with pytest.raises(TypeError):
            chat_api.get_all_streams(None)
        with pytest.raises(ValueError):
            chat_api.get_stream_by_group_id("")


class TestStream:
    def test_carries_what_plugins_read(self) -> None:
        stream = group()
        assert (stream.stream_id, stream.platform) == (GROUP_ID, "qq")
        assert stream.group_info is not None
        assert vars(stream.group_info) == {"platform": "qq", "group_id": "941657197", "group_name": "MaiBot"}
        assert vars(stream.user_info) == {
            "platform": "qq",
            "user_id": "55",
            "user_nickname": "Speaker",
            "user_cardname": "",
        }
        assert type(stream.create_time) is type(stream.last_active_time) is float
        assert stream.last_active_time == NOON.timestamp()
        assert (stream.saved, stream.context) == (True, None)

    def test_a_private_stream_has_no_group(self) -> None:
        assert user().group_info is None
        assert user().user_info.user_nickname == "Mai"

    def test_user_info_is_never_none_and_a_groups_name_may_be(self) -> None:
        stream = chat_api.get_stream_by_group_id("7")
        assert stream is not None
        assert stream.group_info is not None
        assert stream.group_info.group_name is None
        assert set(vars(stream.user_info).values()) == {""}
        assert chat_api.get_stream_info(stream) == {
            "stream_id": stream.stream_id,
            "platform": "qq",
            "type": "group",
            "group_id": "7",
            "group_name": None,
            "user_id": "",
            "user_name": "",
        }

    def test_is_one_object_however_it_is_asked_for(self) -> None:
        stream = group()
        assert chat_api.get_group_streams()[0] is stream
        assert chat_api.get_all_streams(SpecialTypes.ALL_PLATFORMS)[0] is stream
        assert chat_api.get_chat_manager().get_stream(GROUP_ID) is stream
        assert chat_api.get_chat_manager().streams[GROUP_ID] is stream
        assert {stream: 1}[group()] == 1

    def test_takes_attributes_of_the_plugins_own(self) -> None:
        stream: Any = group()
        stream.my_counter = 1
        stream.user_info = "mine"
        assert (group().my_counter, group().user_info) == (1, "mine")  # type: ignore[attr-defined]

    def test_is_brought_up_to_date_in_place(self, server: Server) -> None:
        stream: Any = user()
        stream.my_counter = 1
        with chatapi.Client(server.address) as client:
            client.record_activity(
                [Activity(platform="qq", user_info=UserInfo(user_id="1787882683", user_nickname="Mai 2"))]
            )
        before = stream.last_active_time
        assert user() is stream
        assert stream.last_active_time > before
        assert stream.user_info.user_nickname == "Mai 2"
        assert stream.my_counter == 1
        assert chat_api.get_private_streams() == [stream]

    @pytest.mark.parametrize("seconds", [1740093219.4837174, 1712345678.0, 1.5, 1740093219.0000002])
    def test_times_are_exact_to_the_last_bit(self, server: Server, seconds: float) -> None:
        whole = int(seconds)
        activity = pb.Activity(platform="times")
        activity.user_info.user_id = repr(seconds)
        activity.active_time.seconds = whole
        activity.active_time.nanos = round((seconds - whole) * 1e9)
        with chatapi.Client(server.address) as client:
            client.call("RecordActivity", pb.RecordActivityRequest(activities=[activity]))
        stream = chat_api.get_stream_by_user_id(repr(seconds), "times")
        assert stream is not None
        assert stream.last_active_time == stream.create_time == seconds

    def test_goes_to_a_dict_and_back(self) -> None:
        data = group().to_dict()
        assert data == {
            "stream_id": GROUP_ID,
            "platform": "qq",
            "user_info": {"platform": "qq", "user_id": "55", "user_nickname": "Speaker", "user_cardname": ""},
            "group_info": {"platform": "qq", "group_id": "941657197", "group_name": "MaiBot"},
            "create_time": NOON.timestamp(),
            "last_active_time": NOON.timestamp(),
        }
        again = ChatStream.from_dict(data)
        assert again.to_dict() == data
        assert again.saved is False
        assert again != group()
        nameless = chat_api.get_stream_by_group_id("7")
        assert nameless is not None
        assert nameless.to_dict()["group_info"] == {"platform": "qq", "group_id": "7"}
        assert chat_api.GroupInfo.from_dict({}) is None

    def test_can_be_made_by_hand(self) -> None:
        stream = ChatStream("id", "qq", chat_api.UserInfo("qq", "1", "Mai"))
        assert abs(stream.create_time - time.time()) < 5
        assert stream.last_active_time == stream.create_time
        assert chat_api.get_stream_type(stream) == "private"
        assert chat_api.get_stream_info(stream) == {
            "stream_id": "id",
            "platform": "qq",
            "type": "private",
            "user_id": "1",
            "user_name": "Mai",
        }
        assert ChatStream("id", "qq", None).to_dict()["user_info"] is None  # type: ignore[arg-type]
        assert ChatStream("id", "qq", None, data={"create_time": 1.0}).last_active_time == 1.0  # type: ignore[arg-type]

    def test_notes_activity_and_context(self) -> None:
        stream = ChatStream("id", "qq", chat_api.UserInfo(), data={"create_time": 1.0})
        stream.saved = True
        stream.update_active_time()
        assert stream.last_active_time > 1
        assert stream.saved is False
        stream.set_context("message")
        assert stream.context.message == stream.context.get_last_message() == "message"

    def test_shows_what_it_is(self) -> None:
        assert repr(group()) == (
            f"ChatStream(stream_id='{GROUP_ID}', platform='qq', "
            "user_info=UserInfo(platform='qq', user_id='55', user_nickname='Speaker', user_cardname=''), "
            "group_info=GroupInfo(platform='qq', group_id='941657197', group_name='MaiBot'))"
        )
        stream = ChatStream("id", "qq", chat_api.UserInfo())
        del stream.group_info
        assert "group_info=None" in repr(stream)


class TestContext:
    @pytest.fixture
    def message(self) -> SimpleNamespace:
        template = SimpleNamespace(template_default=False, template_name="terse")
        formats = SimpleNamespace(accept_format=["text", "image"])
        return SimpleNamespace(
            message_info=SimpleNamespace(template_info=template, format_info=formats),
            priority_mode="interest",
            priority_info={"message_priority": 1.0},
        )

    def test_answers_from_the_message(self, message: Any) -> None:
        context = chat_api.ChatMessageContext(message)
        assert context.get_template_name() == "terse"
        assert (
            context.check_types(["text"]) is context.check_types(["image", "text"]) is context.check_types([]) is True
        )
        assert context.check_types(["text", "voice"]) is False
        assert context.get_priority_mode() == "interest"
        assert context.get_priority_info() == {"message_priority": 1.0}

    def test_answers_from_a_message_that_says_nothing_of_it(self, message: Any) -> None:
        context = chat_api.ChatMessageContext(message)
        message.message_info.template_info.template_default = True
        assert context.get_template_name() is None
        message.message_info.template_info = None
        assert context.get_template_name() is None
        message.message_info.format_info.accept_format = None
        assert context.check_types([]) is False
        message.priority_info = {}
        assert context.get_priority_info() is None
        del message.priority_info
        assert context.get_priority_info() is None


class TestFacts:
    def test_tells_type_and_info(self) -> None:
        assert (chat_api.get_stream_type(group()), chat_api.get_stream_type(user())) == ("group", "private")
        info = chat_api.get_stream_info(group())
        assert list(info) == ["stream_id", "platform", "type", "group_id", "group_name", "user_id", "user_name"]
        assert list(chat_api.get_stream_info(user())) == ["stream_id", "platform", "type", "user_id", "user_name"]

    def test_a_chat_in_which_nothing_is_recorded_is_unknown(self) -> None:
        stream = pb.ChatStream(stream_id="a", platform="qq", type=pb.STREAM_TYPE_UNKNOWN)
        answer = pb.GetAllStreamsResponse(streams=[stream]).SerializeToString()
        with serving({"GetAllStreams": lambda _request, _context: answer}) as address:
            chat_api.configure(address)
            (only,) = chat_api.get_all_streams()
        assert chat_api.get_stream_type(only) == "unknown"
        assert set(vars(only.user_info).values()) == {""}

    def test_takes_the_streams_of_the_bot_itself(self) -> None:
        of_bot = BotStream(BotInfo(user_id="55", user_nickname="Speaker"), BotInfo(group_id="7", group_name="Seven"))
        assert chat_api.get_stream_type(of_bot) == ChatManager.get_stream_type(of_bot) == "group"  # type: ignore[arg-type]
        assert chat_api.get_stream_info(of_bot) == {  # type: ignore[arg-type]
            "stream_id": "of the bot",
            "platform": "qq",
            "type": "group",
            "group_id": "7",
            "group_name": "Seven",
            "user_id": "55",
            "user_name": "Speaker",
        }
        private: Any = BotStream(BotInfo(user_id="55", user_nickname="Speaker"), None)
        assert chat_api.get_stream_type(private) == "private"
        assert set(chat_api.get_stream_info(private)) == {"stream_id", "platform", "type", "user_id", "user_name"}
        nameless: Any = BotStream(None, BotInfo(group_id="7"))
        assert chat_api.get_stream_info(nameless)["group_name"] == "未知群聊"

    @pytest.mark.parametrize("make", [lambda: BotStream(None, None), lambda: ChatStream("a", "qq", None)])  # type: ignore[arg-type]
    def test_a_stream_from_which_something_was_deleted(self, make: Any) -> None:
        stream = make()
        del stream.group_info
        assert (chat_api.get_stream_type(stream), chat_api.get_stream_info(stream)) == ("unknown", {})
        stream = make()
        del stream.user_info
        assert (chat_api.get_stream_type(stream), chat_api.get_stream_info(stream)) == ("private", {})

    @pytest.mark.parametrize("base", [ChatStream, object])
    def test_a_stream_that_counts_as_false(self, base: Any) -> None:
        falsy = type("Falsy", (base,), {"__bool__": lambda _: False})
        stream = falsy.__new__(falsy)
        vars(stream).update(vars(BotStream(None, None)))
        for call in (chat_api.get_stream_type, chat_api.get_stream_info):
            with pytest.raises(ValueError, match="chat_stream"):
                call(stream)

    def test_counts(self, server: Server) -> None:
        with chatapi.Client(server.address) as client:
            counted = client.get_streams_summary()
        assert chat_api.get_streams_summary() == {
            "total_streams": counted.total_streams,
            "group_streams": 3,
            "private_streams": counted.private_streams,
            "qq_streams": 3,
        }


class TestManager:
    def test_is_one(self) -> None:
        assert chat_api.get_chat_manager() is chat_api.get_chat_manager()

    @pytest.mark.parametrize(
        ("platform", "id", "is_group", "expected"),
        [("qq", "941657197", True, GROUP_ID), ("qq", "1787882683", False, USER_ID)],
    )
    def test_derives_ids_as_the_bot_does(self, platform: str, id: str, is_group: bool, expected: str) -> None:
        assert chat_api.get_chat_manager().get_stream_id(platform, id, is_group) == expected
        assert chat_api.get_chat_manager().get_stream_id(platform, id, is_group=is_group) == expected

    def test_gets_by_id(self) -> None:
        manager = chat_api.get_chat_manager()
        assert manager.get_stream(USER_ID) is user()
        assert manager.get_stream("no such id") is None
        assert manager.get_stream("") is None
        assert manager.get_stream(None) is None  # type: ignore[arg-type]

    def test_names(self) -> None:
        manager = chat_api.get_chat_manager()
        nameless = manager.get_stream_id("qq", "7")
        assert manager.get_stream_name(GROUP_ID) == "MaiBot"
        assert manager.get_stream_name(USER_ID) == f"{user().user_info.user_nickname}的私聊"
        assert manager.get_stream_name(nameless) is None
        assert manager.get_stream_name("no such id") is None

    def test_has_all_streams_by_id(self) -> None:
        streams = chat_api.get_chat_manager().streams
        assert list(streams)[:2] == [GROUP_ID, USER_ID]
        assert list(streams.values()) == chat_api.get_all_streams(SpecialTypes.ALL_PLATFORMS)

    def test_lists_once_for_many_reads_of_the_streams(self) -> None:
        lists: list[int] = []

        def answer(_request: bytes, _context: Any) -> bytes:
            lists.append(1)
            return pb.GetAllStreamsResponse(streams=[pb.ChatStream(stream_id="a")]).SerializeToString()

        with serving({"GetAllStreams": answer}) as address:
            chat_api.configure(address)
            assert all("a" in chat_api.get_chat_manager().streams for _ in range(1000))
        # A renewal a second is fine, however long this took.
        assert len(lists) < 100

    def test_streams_hold_what_this_process_wrote_or_was_told(self, server: Server) -> None:
        manager = chat_api.get_chat_manager()
        before = len(manager.streams)
        with chatapi.Client(server.address) as client:
            written = client.open_stream(platform="kept", user_id=str(before)).stream.stream_id
        assert len(manager.streams) == before + 1
        assert manager.streams[written] is manager.get_stream(written)

    def test_streams_follow_what_others_write(self, monkeypatch: pytest.MonkeyPatch) -> None:
        streams = [pb.ChatStream(stream_id="a")]
        answers = {
            "GetAllStreams": lambda _request, _context: pb.GetAllStreamsResponse(streams=streams).SerializeToString(),
            "GetStream": lambda _request, _context: pb.GetStreamResponse(stream=streams[-1]).SerializeToString(),
        }
        with serving(answers) as address:
            chat_api.configure(address)
            manager = chat_api.get_chat_manager()
            assert list(manager.streams) == ["a"]
            streams.append(pb.ChatStream(stream_id="b"))
            assert manager.get_stream("b") is manager.streams["b"]
            streams.append(pb.ChatStream(stream_id="c"))
            asyncio.run(manager.load_all_streams())
            assert list(manager.streams) == ["a", "b", "c"]
            streams.append(pb.ChatStream(stream_id="d"))
            monkeypatch.setattr(kept_streams, "_KEPT_SECONDS", 0)
            asyncio.run(manager.load_all_streams())
            streams.append(pb.ChatStream(stream_id="e"))
            assert list(manager.streams) == ["a", "b", "c", "d", "e"]

    def test_gets_or_creates_a_stream(self, server: Server) -> None:
        manager = chat_api.get_chat_manager()
        user_info = chat_api.UserInfo("created", "7", "Seven", "")
        stream = asyncio.run(manager.get_or_create_stream("created", user_info))
        assert stream.stream_id == manager.get_stream_id("created", "7", is_group=False)
        assert (stream.user_info, stream.group_info) == (user_info, None)
        assert manager.get_stream(stream.stream_id) is manager.streams[stream.stream_id] is stream
        before = stream.last_active_time
        again: Any = asyncio.run(manager.get_or_create_stream(platform="created", user_info=user_info))
        assert again is stream
        assert stream.last_active_time > before

    def test_gets_or_creates_the_stream_of_a_group_in_which_someone_speaks(self) -> None:
        manager = chat_api.get_chat_manager()
        user_info: Any = BotInfo(platform="created", user_id=7, user_nickname="Seven", user_cardname=None)
        group_info: Any = BotInfo(platform="created", group_id=8, group_name="Eight")
        stream = asyncio.run(manager.get_or_create_stream("created", user_info, group_info))
        assert stream.stream_id == manager.get_stream_id("created", "8")
        assert stream.group_info == chat_api.GroupInfo("created", "8", "Eight")
        assert stream.user_info == chat_api.UserInfo("created", "7", "Seven", "")
        assert asyncio.run(manager.get_or_create_stream("created", None, chat_api.GroupInfo(group_id="8"))) is stream

    def test_creates_no_stream_of_nothing(self) -> None:
        manager = chat_api.get_chat_manager()
        anything: Any = None
        with pytest.raises(ValueError, match="at least one"):
            asyncio.run(manager.get_or_create_stream("qq", anything))
        with pytest.raises(TypeError, match=r"user_info\.user_id: expected str, got NoneType"):
            asyncio.run(manager.get_or_create_stream("qq", chat_api.UserInfo()))
        with pytest.raises(TypeError, match="platform: expected str, got NoneType"):
            asyncio.run(manager.get_or_create_stream(anything, chat_api.UserInfo(user_id="1")))

    def test_derives_no_id_of_a_number(self) -> None:
        number: Any = 941657197
        with pytest.raises(TypeError, match="id: expected str, got int"):
            chat_api.get_chat_manager().get_stream_id("qq", number)


class TestFailures:
    def test_raises_where_the_original_answers_as_if_there_were_nothing(self) -> None:
        chat_api.configure("127.0.0.1:1", timeout=0.2)
        for call in (
            lambda: chat_api.get_all_streams(),
            lambda: chat_api.get_stream_by_group_id("1"),
            lambda: chat_api.get_streams_summary(),
            lambda: chat_api.get_chat_manager().streams,
            lambda: chat_api.get_chat_manager().get_stream("1"),
            lambda: asyncio.run(chat_api.get_chat_manager().load_all_streams()),
            lambda: asyncio.run(chat_api.get_chat_manager().get_or_create_stream("qq", chat_api.UserInfo(user_id="1"))),
        ):
            with pytest.raises(chatapi.ChatApiError):
                call()

    def test_swallows_and_logs_when_asked_to(self, caplog: pytest.LogCaptureFixture) -> None:
        chat_api.configure("127.0.0.1:1", timeout=0.2, legacy_errors=True)
        with caplog.at_level(logging.ERROR, "chatapi.chat_api"):
            assert chat_api.get_all_streams() == []
            assert chat_api.get_stream_by_group_id("1") is None
            assert set(chat_api.get_streams_summary().values()) == {0}
            assert chat_api.get_chat_manager().streams == {}
            assert chat_api.get_chat_manager().get_stream_name("1") is None
            asyncio.run(chat_api.get_chat_manager().load_all_streams())
        assert len(caplog.records) == 6
        with pytest.raises(chatapi.ChatApiError):
            asyncio.run(chat_api.get_chat_manager().get_or_create_stream("qq", chat_api.UserInfo(user_id="1")))


class TestSurroundings:
    def test_answers_many_threads(self) -> None:
        expected = group()
        with ThreadPoolExecutor(16) as threads:
            found = list(threads.map(lambda _: chat_api.get_stream_by_group_id("941657197"), range(400)))
            lists = list(threads.map(lambda _: chat_api.get_group_streams(), range(50)))
        assert all(stream is expected for stream in found)
        assert all(streams[0] is expected for streams in lists)

    def test_streams_are_one_object_when_threads_first_meet_them(self, server: Server) -> None:
        chat_api.configure(server.address)
        barrier = threading.Barrier(8)

        def first() -> ChatStream | None:
            barrier.wait()
            return chat_api.get_stream_by_group_id("941657197")

        with ThreadPoolExecutor(8) as threads:
            found = {id(future.result()) for future in [threads.submit(first) for _ in range(8)]}
        assert len(found) == 1

    def test_answers_inside_a_running_event_loop(self) -> None:
        async def plugin() -> str:
            return chat_api.get_stream_type(group())

        assert asyncio.run(plugin()) == "group"

    def test_reads_its_settings_from_the_environment(self, server: Server) -> None:
        code = "from chatapi import chat_api; print(chat_api.get_stream_by_group_id('941657197').stream_id)"
        environment = {"CHATAPI_ADDRESS": server.address}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == GROUP_ID
