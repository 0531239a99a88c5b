"""The methods of both clients: arguments, results, pages."""

from __future__ import annotations

import dataclasses
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from server import Server

import chatapi
from chatapi import (
    ALL_PLATFORMS,
    Activity,
    DuplicateReason,
    GroupInfo,
    Outcome,
    Resolution,
    Spelling,
    StreamFilter,
    StreamOrder,
    StreamType,
    UserInfo,
)
from chatapi.v1 import chat_api_pb2 as pb

GOOD = Activity(platform="qq", user_info=UserInfo(user_id="1"))
NOON = datetime(2025, 1, 1, 12, 0, 0, 250_000, tzinfo=timezone.utc)


@pytest.fixture(scope="module", autouse=True)
def given(server: Server) -> None:
    with chatapi.Client(server.address) as client:
        client.record_activity(
            [
                Activity(
                    platform="qq",
                    group_info=GroupInfo(group_id="941657197", group_name="MaiBot"),
                    user_info=UserInfo(user_id="55", user_nickname="Speaker", user_cardname="Card"),
                    active_time=NOON,
                ),
                Activity(platform="qq", user_info=UserInfo(user_id="1787882683"), active_time=NOON),
                Activity(
                    platform="telegram",
                    group_info=GroupInfo(group_id="941657197"),
                    active_time=NOON + timedelta(days=1),
                ),
            ]
        )


def test_finds_a_group_with_all_that_is_known_of_it(client: Any) -> None:
    found = client.get_stream_by_group_id("941657197")
    assert found
    stream = found.stream
    assert stream.stream_id == "a544edeb1a9b73e3e1d77dff36e41264"
    assert (stream.platform, stream.type, stream.account_id, stream.scope) == ("qq", StreamType.GROUP, "", "")
    assert stream.group_info == GroupInfo(platform="qq", group_id="941657197", group_name="MaiBot")
    assert stream.user_info == UserInfo(platform="qq", user_id="55", user_nickname="Speaker", user_cardname="Card")
    assert stream.create_time == stream.last_active_time == NOON
    assert stream.last_active_time.tzinfo is timezone.utc
    assert stream.display_name == "MaiBot (qq:group:941657197)"
    assert (stream.labels, stream.alias_ids) == ({}, ())
    assert stream.etag


def test_finds_a_user_whose_names_are_not_recorded(client: Any) -> None:
    stream = client.get_stream_by_user_id("1787882683").stream
    assert stream.type is StreamType.PRIVATE
    assert stream.group_info is None
    assert stream.user_info == UserInfo(platform="qq", user_id="1787882683")


def test_names_the_other_streams_of_a_lookup_on_all_platforms(client: Any) -> None:
    found = client.get_stream_by_group_id("941657197", platform=ALL_PLATFORMS)
    assert found.stream.platform == "telegram"
    assert found.other_stream_ids == ("a544edeb1a9b73e3e1d77dff36e41264",)


def test_answers_falsely_when_a_lookup_finds_nothing(client: Any) -> None:
    found = client.get_stream_by_group_id("404")
    assert not found
    assert found.stream is None


def test_compares_streams_by_content(client: Any) -> None:
    one, other = (client.get_stream_by_group_id("941657197").stream for _ in range(2))
    assert one == other
    assert len({one, other}) == 1
    assert one != client.get_stream_by_user_id("1787882683").stream
    assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(AttributeError):
        one.platform = "telegram"


def test_becomes_a_dict(client: Any) -> None:
    stream = client.get_stream_by_group_id("941657197").stream
    expected = {
        "stream_id": "a544edeb1a9b73e3e1d77dff36e41264",
        "platform": "qq",
        "type": StreamType.GROUP,
        "user_info": {"platform": "qq", "user_id": "55", "user_nickname": "Speaker", "user_cardname": "Card"},
        "group_info": {"platform": "qq", "group_id": "941657197", "group_name": "MaiBot"},
        "create_time": NOON,
        "last_active_time": NOON,
        "account_id": "",
        "scope": "",
        "display_name": "MaiBot (qq:group:941657197)",
        "custom_name": "",
        "labels": {},
        "alias_ids": (),
        "merged_chats": (),
        "etag": stream.etag,
    }
    assert dataclasses.asdict(stream) == expected
    assert dataclasses.asdict(client.get_stream_by_group_id("941657197"))["stream"] == expected
    assert [field.name for field in dataclasses.fields(stream)] == list(expected)


def test_lists_by_kind_and_platform(client: Any) -> None:
    def ids(streams: Any) -> list[str]:
        return [stream.display_name for stream in streams]

    group, user, telegram = "MaiBot (qq:group:941657197)", "qq:private:1787882683", "telegram:group:941657197"
    assert ids(client.get_all_streams()) == [group, user]
    assert ids(client.get_all_streams(platform=ALL_PLATFORMS)) == [group, user, telegram]
    assert ids(client.get_group_streams(platform="telegram")) == [telegram]
    assert ids(client.get_group_streams(platform=ALL_PLATFORMS)) == [group, telegram]
    assert ids(client.get_private_streams()) == [user]
    assert ids(client.iter_all_streams(platform=ALL_PLATFORMS, page_size=1)) == [group, user, telegram]
    assert ids(client.iter_group_streams(platform=ALL_PLATFORMS, page_size=1)) == [group, telegram]
    assert ids(client.iter_private_streams(page_size=1)) == [user]
    assert client.get_all_streams(platform="matrix") == []


def test_queries_by_filter_in_an_order(client: Any) -> None:
    def ids(filter: StreamFilter, **options: Any) -> list[str]:
        filtered = dataclasses.replace(filter, platforms=["qq", "telegram"])
        return [stream.display_name for stream in client.query_streams(filtered, **options)]

    group, user, telegram = "MaiBot (qq:group:941657197)", "qq:private:1787882683", "telegram:group:941657197"
    assert ids(StreamFilter()) == [group, user, telegram]
    assert ids(StreamFilter(), order_by=StreamOrder.LAST_ACTIVE_DESC, limit=1) == [telegram]
    assert ids(StreamFilter(name_contains="ｍAI")) == [group]
    assert ids(StreamFilter(types=[StreamType.GROUP], active_since=NOON + timedelta(hours=1))) == [telegram]
    assert ids(StreamFilter(group_ids=["941657197"], quiet_since=NOON + timedelta(hours=1))) == [group]
    assert ids(StreamFilter(created_since=NOON, user_ids=["1787882683"], account_ids=[""], scopes=[""])) == [user]
    assert ids(StreamFilter(labels={"no": "such"})) == []
    paged = client.iter_query_streams(StreamFilter(group_ids=["941657197"]), page_size=1)
    assert [stream.platform for stream in paged] == ["qq", "telegram"]


def test_resolves_what_people_write(client: Any) -> None:
    resolved = client.resolve_stream("qq:941657197:group")
    assert resolved and resolved.resolution is Resolution.FOUND
    assert resolved.stream.display_name == "MaiBot (qq:group:941657197)"
    assert [(each.stream, each.spelling) for each in resolved.candidates] == [(resolved.stream, Spelling.GROUP_ID)]
    found, missing, several = client.batch_resolve_streams(
        ["MaiBot", "nobody", "group:941657197"], platform=ALL_PLATFORMS
    )
    assert found.candidates[0].spelling is Spelling.NAME
    assert not missing and missing.resolution is Resolution.NOT_FOUND
    assert several.stream is None and several.resolution is Resolution.AMBIGUOUS
    assert {each.stream.platform for each in several.candidates} == {"qq", "telegram"}
    opened = client.open_stream(target="qq:group:941657197")
    assert (opened.stream, opened.created) == (resolved.stream, False)


def test_finds_streams_that_seem_to_be_one_chat(client: Any) -> None:
    of_group = client.list_duplicates(StreamFilter(group_ids=["941657197"]))
    assert (of_group.duplicates, of_group.more) == ((), False)
    split = [client.open_stream(platform=platform, user_id="77").stream for platform in ("discord", "Discord")]
    (duplicate,) = client.list_duplicates().duplicates
    assert duplicate.reason is DuplicateReason.PLATFORM_CASE
    assert {stream.stream_id for stream in duplicate.streams} == {stream.stream_id for stream in split}
    for stream in split:
        client.delete_stream(stream.stream_id)


def test_tells_type_and_facts_by_id_and_by_stream(client: Any) -> None:
    stream = client.get_stream("b8f3a2f1a141dab0218071e5af2d3e1e")
    assert client.get_stream_type(stream.stream_id) is client.get_stream_type(stream) is StreamType.PRIVATE
    assert client.get_stream_info(stream) == client.get_stream_info(stream.stream_id)
    info = client.get_stream_info(stream)
    assert (info.user_id, info.user_name, info.group_id, info.group_name) == ("1787882683", None, None, None)


def test_counts(client: Any) -> None:
    summary = client.get_streams_summary()
    assert (summary.total_streams, summary.group_streams, summary.private_streams) == (3, 2, 1)
    assert (summary.qq_streams, summary.unknown_streams) == (2, 0)
    assert summary.platform_streams == {"qq": 2, "telegram": 1}


def test_gets_many_and_names_the_missing(client: Any) -> None:
    batch = client.batch_get_streams(["no", "a544edeb1a9b73e3e1d77dff36e41264"])
    assert [stream.platform for stream in batch.streams] == ["qq"]
    assert batch.missing_stream_ids == ("no",)


def test_opens_a_chat_never_seen_and_then_finds_it(client: Any, make_client: Any) -> None:
    platform = f"open-{make_client.__name__}"
    opened = client.open_stream(
        platform=platform, user_id="7", type=StreamType.PRIVATE, user_nickname="New", labels={"team": "a"}
    )
    assert opened.created
    assert opened.stream.labels == {"team": "a"}
    assert client.get_stream(opened.stream.stream_id, at_least_revision=opened.revision) == opened.stream
    again = client.open_stream(platform=platform, user_id="7")
    assert (again.created, again.stream, again.revision) == (False, opened.stream, "")


def test_records_activity_and_says_what_it_did(client: Any, make_client: Any) -> None:
    platform = f"record-{make_client.__name__}"
    activity = Activity(platform=platform, user_info=UserInfo(user_id="1"), active_time=NOON)
    first, again = client.record_activity([activity]), client.record_activity([activity])
    assert [result.outcome for result in first.results + again.results] == [Outcome.CREATED, Outcome.UNCHANGED]
    assert first.revision
    assert again.revision == ""
    eastern = NOON.astimezone(timezone(timedelta(hours=8))) + timedelta(microseconds=1)
    client.record_activity([Activity(platform=platform, user_info=UserInfo(user_id="1"), active_time=eastern)])
    assert client.get_stream(first.results[0].stream_id).last_active_time == eastern


def test_refuses_a_time_without_a_zone(client: Any) -> None:
    with pytest.raises(ValueError, match="time zone"):
        client.record_activity([Activity(platform="qq", active_time=datetime(2025, 1, 1))])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda c: c.get_stream_by_group_id(941657197), "group_id: expected str, got int"),
        (lambda c: c.get_stream_by_user_id(None), "user_id: expected str, got NoneType"),
        (lambda c: c.get_stream_by_user_id("1", platform=1), "platform: expected str, got int"),
        (lambda c: c.get_all_streams(platform=b"qq"), "platform: expected str, got bytes"),
        (lambda c: c.get_stream(7), "stream_id: expected str, got int"),
        (lambda c: c.get_stream("a", at_least_revision=7), "at_least_revision: expected str, got int"),
        (lambda c: c.get_stream_type(7), "stream: expected str or ChatStream, got int"),
        (lambda c: c.get_stream_info(None), "stream: expected str or ChatStream, got NoneType"),
        (lambda c: c.batch_get_streams(["a", 7]), r"stream_ids\[1\]: expected str, got int"),
        (lambda c: c.batch_get_streams("a"), "stream_ids: expected several texts, got one str"),
        (
            lambda c: c.query_streams(StreamFilter(platforms="qq")),
            "filter.platforms: expected several texts, got one str",
        ),
        (lambda c: c.query_streams(StreamFilter(labels={"a": 1})), r"filter.labels\['a'\]: expected str, got int"),
        (lambda c: c.open_stream(platform="qq", group_id=7), "group_id: expected str, got int"),
        (lambda c: c.open_stream(platform="qq", user_id=7), "user_id: expected str, got int"),
        (lambda c: c.open_stream(platform=None, user_id="7"), "platform: expected str, got NoneType"),
        (lambda c: c.open_stream(platform="qq", user_id="7", account_id=1), "account_id: expected str, got int"),
        (lambda c: c.open_stream(platform="qq", user_id="7", labels={"a": 1}), r"labels\['a'\]: expected str, got int"),
        (
            lambda c: c.record_activity([GOOD, Activity(platform="qq", user_info=UserInfo(user_id=7))]),  # type: ignore[arg-type]
            r"activities\[1\]\.user_info\.user_id: expected str, got int",
        ),
        (
            lambda c: c.record_activity([Activity(platform="qq", group_info=GroupInfo(group_id=7))]),  # type: ignore[arg-type]
            r"activities\[0\]\.group_info\.group_id: expected str, got int",
        ),
    ],
)
def test_names_the_argument_that_is_no_text(call: Any, said: str, make_client: Any) -> None:
    with make_client("127.0.0.1:1") as client:
        with pytest.raises(TypeError, match=f"^{said}$"):
            call(client)


def test_names_code_reason_fields_and_request_of_an_error(client: Any) -> None:
    with pytest.raises(chatapi.InvalidArgument) as caught:
        client.get_stream_by_group_id("")
    error = caught.value
    assert (error.code, error.reason) == ("INVALID_ARGUMENT", "ERROR_REASON_INVALID_FIELD")
    assert [field.field for field in error.fields] == ["group_id"]
    assert error.method == "GetStreamByGroupId"
    assert error.request == pb.GetStreamByGroupIdRequest()
    assert str(error).startswith("GetStreamByGroupId: INVALID_ARGUMENT (ERROR_REASON_INVALID_FIELD): ")
    assert error.__cause__ is not None
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.fields, copy.request) == (str(error), error.fields, error.request)


def test_raises_not_found_with_the_id(client: Any) -> None:
    with pytest.raises(chatapi.NotFound) as caught:
        client.get_stream("no such id")
    assert caught.value.metadata == {"stream_id": "no such id"}


def test_names_the_activity_that_is_wrong(client: Any) -> None:
    with pytest.raises(chatapi.InvalidArgument) as caught:
        client.record_activity([GOOD, Activity(platform="", user_info=UserInfo(user_id="1"))])
    assert [field.field for field in caught.value.fields] == ["activities[1].platform"]


def test_raises_after_closing(make_client: Any, server: Server) -> None:
    with make_client(server.address) as client:
        client.get_streams_summary()
    if isinstance(client, chatapi.Client):
        with pytest.raises(ValueError, match="closed"):
            client.get_streams_summary()
        with pytest.raises(chatapi.ClientClosed) as caught:
            client.get_stream("a")
        assert (caught.value.code, caught.value.method) == ("CANCELLED", "GetStream")


def test_takes_the_address_from_the_environment(
    make_client: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATAPI_ADDRESS", server.address)
    monkeypatch.setenv("CHATAPI_TOKEN", "secret")
    with make_client() as client:
        assert client.get_streams_summary().total_streams >= 3


def test_gives_a_stream_a_name_and_labels_and_takes_them_away(client: Any) -> None:
    stream = client.get_stream_by_user_id("1787882683").stream
    changed = client.update_stream(stream.stream_id, custom_name="Mai", set_labels={"team": "red"}, etag=stream.etag)
    assert (changed.stream.custom_name, changed.stream.labels) == ("Mai", {"team": "red"})
    assert client.get_stream(stream.stream_id, at_least_revision=changed.revision) == changed.stream
    with pytest.raises(chatapi.Aborted) as caught:
        client.update_stream(stream.stream_id, custom_name="Other", etag=stream.etag)
    assert caught.value.reason == "ERROR_REASON_ETAG_MISMATCH"
    cleared = client.update_stream(stream.stream_id, custom_name="", remove_labels=["team", "none"])
    assert cleared.stream == stream
    assert client.update_stream(stream.stream_id, custom_name="").revision == ""


def test_refuses_wrong_types_of_what_is_to_be_updated(client: Any) -> None:
    for arguments in ({"custom_name": 1}, {"set_labels": {"a": 1}}, {"remove_labels": "a"}, {"etag": None}):
        with pytest.raises(TypeError):
            client.update_stream("x", **arguments)


def test_deletes_a_stream_which_is_then_known_as_deleted(client: Any) -> None:
    opened = client.open_stream(platform="discord", group_id="passing")
    with pytest.raises(chatapi.Aborted):
        client.delete_stream(opened.stream.stream_id, etag="another")
    deleted = client.delete_stream(opened.stream.stream_id, etag=opened.stream.etag)
    for ask in (client.get_stream, client.get_stream_type, client.get_stream_info):
        with pytest.raises(chatapi.NotFound) as caught:
            ask(opened.stream.stream_id, at_least_revision=deleted.revision)
        assert caught.value.reason == "ERROR_REASON_STREAM_DELETED"
    with pytest.raises(chatapi.NotFound) as caught:
        client.delete_stream("nobody")
    assert caught.value.reason == "ERROR_REASON_STREAM_NOT_FOUND"


def test_merges_a_chat_into_another_which_its_group_leads_to_from_then_on(client: Any) -> None:
    suffix = type(client).__module__
    old, new = (client.open_stream(platform="discord", group_id=f"{name} {suffix}").stream for name in ("old", "new"))
    with pytest.raises(chatapi.Aborted):
        client.merge_streams(old.stream_id, new.stream_id, source_etag=new.etag)
    merged = client.merge_streams(old.stream_id, new.stream_id, source_etag=old.etag, target_etag=new.etag)
    assert merged.stream.stream_id == new.stream_id
    assert merged.stream.alias_ids == (old.stream_id,)
    assert merged.stream.merged_chats == (
        chatapi.MergedChat(
            stream_id=old.stream_id, platform="discord", account_id="", scope="", group_id=f"old {suffix}"
        ),
    )
    found = client.get_stream_by_group_id(f"old {suffix}", platform="discord", at_least_revision=merged.revision)
    assert found.stream == merged.stream
    assert client.merge_streams(old.stream_id, new.stream_id).revision == ""
    with pytest.raises(chatapi.InvalidArgument) as caught:
        client.merge_streams(new.stream_id, old.stream_id)
    assert [field.field for field in caught.value.fields] == ["target_stream_id"]
    client.delete_stream(new.stream_id)
