"""Replicas, and what happens to them."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
import pytest
from server import Server

import chatapi
import chatapi.aio
from chatapi.v1 import chat_api_pb2 as pb
from chatapi.v1 import chat_api_pb2_grpc as pb_grpc

_SECONDS = 30.0


class Told:
    """Takes what a replica tells, and waits for it."""

    def __init__(self, replica: chatapi.Replica) -> None:
        self.changes: list[chatapi.ReplicaChange] = []
        self.events: list[chatapi.ReplicaEvent] = []
        self._told = threading.Condition()
        replica.on_change(lambda change: self._take(self.changes, change))
        replica.on_event(lambda event: self._take(self.events, event))

    def _take(self, told: list[Any], new: Any) -> None:
        with self._told:
            told.append(new)
            self._told.notify_all()

    def until(self, holds: Callable[[Told], bool]) -> None:
        with self._told:
            assert self._told.wait_for(lambda: holds(self), _SECONDS), (self.events, self.changes)

    def until_event(self, kind: str) -> None:
        self.until(lambda told: any(event.kind == kind for event in told.events))

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


@pytest.fixture
def client(server: Server) -> Any:
    with chatapi.Client(server.address) as client:
        yield client


def open_group(client: chatapi.Client, group_id: str) -> chatapi.OpenedStream:
    return client.open_stream(platform="qq", group_id=group_id)


def test_it_follows_what_is_written_and_tells_what_was_and_what_is(client: chatapi.Client) -> None:
    with chatapi.Replica(client, heartbeat=1) as replica:
        replica.ready()
        told = Told(replica)
        opened = open_group(client, "follows")
        renamed = client.update_stream(opened.stream.stream_id, custom_name="Cats")
        replica.wait_for(renamed.revision)
        assert replica.get(opened.stream.stream_id) == renamed.stream == replica.resolve("Cats")
        assert replica.query(chatapi.StreamFilter(name_contains="cats")) == [renamed.stream]
        told.until(lambda told: len(told.changes) == 2)
        assert [(each.kind.name, each.before, each.after) for each in told.changes] == [
            ("OPENED", None, opened.stream),
            ("UPDATED", opened.stream, renamed.stream),
        ]


def test_it_keeps_nothing_but_what_its_filter_matches(client: chatapi.Client) -> None:
    with chatapi.Replica(client, heartbeat=1, filter=chatapi.StreamFilter(name_contains="birds")) as replica:
        replica.ready()
        told = Told(replica)
        stream_id = open_group(client, "filtered").stream.stream_id
        client.update_stream(stream_id, custom_name="Birds")
        told.until(lambda told: len(told.changes) == 1)
        assert [stream.stream_id for stream in replica.get_all_streams()] == [stream_id]
        replica.wait_for(client.update_stream(stream_id, custom_name="Dogs").revision)
        assert len(replica) == 0
        told.until(lambda told: len(told.changes) == 2)
        assert [change.kind.name for change in told.changes] == ["ENTERED", "LEFT"]


def test_it_goes_on_where_it_was_after_the_server_was_killed_and_answers_meanwhile() -> None:
    with Server() as server, chatapi.Client(server.address) as client:
        open_group(client, "1")
        with chatapi.Replica(client) as replica:
            replica.ready()
            told = Told(replica)
            server.stop(signal.SIGKILL)
            told.until_event("interrupted")
            assert len(replica.get_all_streams()) == 1
            server.start()
            with chatapi.Client(server.address) as writer:
                replica.wait_for(open_group(writer, "2").revision, _SECONDS)
            told.until(lambda told: bool(told.changes))
            assert [change.is_inferred for change in told.changes] == [False]
            assert set(told.kinds()) == {"interrupted"}


def test_it_refuses_revisions_that_it_has_not_reached(client: chatapi.Client) -> None:
    with chatapi.Replica(client) as replica:
        replica.ready()
        for ask in (lambda: replica.get_all_streams(at_least_revision="999"), lambda: replica.wait_for("999", 0)):
            with pytest.raises(chatapi.Unavailable) as raised:
                ask()
            assert raised.value.reason == "ERROR_REASON_REVISION_NOT_REACHED"


def test_calls_fail_once_it_is_closed_and_so_does_whoever_waits(client: chatapi.Client) -> None:
    replica = chatapi.Replica(client)
    replica.ready()
    with futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(replica.wait_for, "999", _SECONDS)
        replica.close()
        with pytest.raises(chatapi.ClientClosed):
            waiting.result()
    with pytest.raises(chatapi.ClientClosed):
        replica.get_all_streams()


def test_coroutines_have_the_same(server: Server) -> None:
    async def follow() -> None:
        async with chatapi.aio.Client(server.address) as client, chatapi.aio.Replica(client) as replica:
            await replica.ready()
            changed: asyncio.Future[chatapi.ReplicaChange] = asyncio.get_running_loop().create_future()
            replica.on_change(changed.set_result)
            opened = await client.open_stream(platform="qq", group_id="coroutines")
            await replica.wait_for(opened.revision)
            assert replica.get_stream_by_group_id("coroutines").stream == opened.stream
            assert (await changed).after == opened.stream

    asyncio.run(follow())


Watch = Callable[[Any, Any], Any]


class Faulty(pb_grpc.ChatApiServicer):  # type: ignore[misc]
    """A server whose watches go as told, the first one first and the last one for ever."""

    def __init__(self, *watches: Watch) -> None:
        self._watches = list(watches)
        self._server = grpc.server(futures.ThreadPoolExecutor())
        pb_grpc.add_ChatApiServicer_to_server(self, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def WatchStreams(self, request: Any, context: Any) -> Any:  # noqa: N802
        watch = self._watches.pop(0) if len(self._watches) > 1 else self._watches[0]
        return watch(request, context)

    def __enter__(self) -> Faulty:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None).wait()


def until_end(context: Any) -> None:
    ended = threading.Event()
    if context.add_callback(ended.set):
        ended.wait(_SECONDS)


def opened(revision: str = "7") -> pb.WatchStreamsResponse:
    return pb.WatchStreamsResponse(opened=pb.WatchOpened(directory_id="a", revision=revision))


def bookmark(**more: Any) -> pb.WatchStreamsResponse:
    whole = pb.WatchBookmark(revision="7", snapshot_complete=True, **more)
    return pb.WatchStreamsResponse(bookmark=whole, resume_token="seven")


def empty(request: Any, context: Any) -> Any:
    yield opened()
    yield bookmark()
    until_end(context)


def test_a_copy_that_is_not_what_it_should_be_is_mended_by_a_new_snapshot() -> None:
    tokens = []

    def wrong(request: Any, context: Any) -> Any:
        yield opened()
        yield bookmark(matching=1, digest=5)
        until_end(context)

    def right(request: Any, context: Any) -> Any:
        tokens.append(request.resume_token)
        yield from empty(request, context)

    with Faulty(wrong, right) as server, chatapi.Client(server.address) as client, chatapi.Replica(client) as replica:
        told = Told(replica)
        told.until_event("replaced")
        assert told.kinds()[-2:] == ["mismatch", "replaced"]
        assert tokens == [""]


def test_a_snapshot_that_does_not_end_is_given_up_and_another_begun() -> None:
    def hanging(request: Any, context: Any) -> Any:
        yield opened()
        until_end(context)

    with (
        Faulty(hanging, empty) as server,
        chatapi.Client(server.address) as client,
        chatapi.Replica(client, snapshot_timeout=0.2) as replica,
    ):
        told = Told(replica)
        replica.ready(_SECONDS)
        error = told.events[0].error
        assert error and error.code == "DEADLINE_EXCEEDED"


def test_it_never_goes_back_to_a_snapshot_of_a_server_that_is_behind() -> None:
    go_on = threading.Event()

    def forgotten(request: Any, context: Any) -> Any:
        yield opened()
        yield bookmark()
        go_on.wait(_SECONDS)
        context.abort(grpc.StatusCode.OUT_OF_RANGE, "compacted")

    def behind(request: Any, context: Any) -> Any:
        yield opened("6")
        until_end(context)

    with (
        Faulty(forgotten, behind, empty) as server,
        chatapi.Client(server.address) as client,
        chatapi.Replica(client) as replica,
    ):
        replica.ready()
        told = Told(replica)
        go_on.set()
        told.until_event("replaced")
        reasons = [event.error.reason if event.error else event.kind for event in told.events]
        assert reasons == ["", "ERROR_REASON_REVISION_NOT_REACHED", "replaced"]


def test_it_says_at_once_why_it_cannot_become_ready_and_goes_on_trying() -> None:
    def refused(request: Any, context: Any) -> Any:
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "not you")
        yield opened()

    with Faulty(refused, empty) as server, chatapi.Client(server.address) as client:
        began_at = time.monotonic()
        with chatapi.Replica(client) as replica:
            told = Told(replica)
            with pytest.raises(chatapi.PermissionDenied):
                replica.ready(_SECONDS)
            assert time.monotonic() - began_at < _SECONDS
            told.until_event("ready")
            assert replica.get_all_streams() == []
