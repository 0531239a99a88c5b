# Written by scripts/twins.py from aio/client.py: change that file and run the script.
"""The client for threads. `chatapi.aio` has the one for coroutines, with the same methods."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from . import _answers, _requests, _uploads
from ._connection import Connection
from ._methods import METHODS, Kind
from ._pages import DEFAULT_PAGE_SIZE
from ._settings import DEFAULT_TIMEOUT, read_settings
from .errors import ResourceExhausted
from .types import (
    Activity,
    BatchedStreams,
    ChangedStream,
    ChatStream,
    DeletedStream,
    FoundStream,
    ImportReport,
    ListedDuplicates,
    OpenedStream,
    Platform,
    RecordedActivity,
    ResolvedStream,
    ServerInfo,
    StreamFilter,
    StreamInfo,
    StreamOrder,
    StreamsSummary,
    StreamType,
)
from .v1 import chat_api_pb2 as pb

__all__ = ["Client"]


class Client:
    """Asks a ChatApi server, from any number of threads.

        with chatapi.Client() as client:
            for stream in client.iter_group_streams():
                print(stream.display_name)

    Connects at the first call and reconnects by itself. Calls without side effects are tried again for about three
    seconds while the server is unavailable; others are sent once. Where the server refuses the token, the function or
    the file that gives it is asked afresh, and the call is made once more with another one.

    After a fork the child uses a connection of its own.

    Every method can raise the exceptions of `chatapi.errors`, and TypeError for an argument of a wrong type. Arguments
    that all of them share:

    - `timeout`: seconds for each request, retries included; the client's own, 10 unless told otherwise, when None. A
      list that needs several pages takes several requests.
    - `at_least_revision`: the `revision` of a write, to be sure to read it, also from another server.
    - `platform`: a name such as `"telegram"`, or `chatapi.ALL_PLATFORMS`; None means `"qq"`.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        token: str | Callable[[], str] | None = None,
        token_file: str | os.PathLike[str] | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        root_certificates: bytes | None = None,
        client_certificate: bytes | None = None,
        client_key: bytes | None = None,
        allow_plaintext_token: bool = False,
    ) -> None:
        """Makes a client without connecting.

        Args:
            address: `host:port`, `http://…` (plain text) or `https://…` (TLS). Else `CHATAPI_ADDRESS`, else
                `127.0.0.1:50051`.
            token: sent with every request. Or a function that gives it, asked before each call. Else
                `CHATAPI_TOKEN`, else none.
            token_file: a file with the token, in place of `token`, read again when it changes. Else
                `CHATAPI_TOKEN_FILE`.
            timeout: seconds that a request may take.
            root_certificates: PEM, for a server whose certificate the system does not know.
            client_certificate: PEM, for a server that wants to know its clients by a certificate.
            client_key: its private key, PEM.
            allow_plaintext_token: lets the token leave this machine without TLS.

        Raises:
            ValueError: for an address, token or certificate that cannot be used.
        """
        settings = read_settings(
            address,
            token=token,
            token_file=token_file,
            timeout=timeout,
            root_certificates=root_certificates,
            client_certificate=client_certificate,
            client_key=client_key,
            allow_plaintext_token=allow_plaintext_token,
        )
        self._connection = Connection(settings)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection. Calls under way raise Cancelled, later ones ClientClosed."""
        self._connection.close()

    def get_all_streams(
        self,
        *,
        platform: str | Platform | None = None,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> list[ChatStream]:
        """Returns all streams of a platform, in the order in which the directory learnt of them. Complete, always."""
        return self._list("GetAllStreams", platform, at_least_revision, timeout)

    def iter_all_streams(
        self,
        *,
        platform: str | Platform | None = None,
        page_size: int = DEFAULT_PAGE_SIZE,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> Iterator[ChatStream]:
        """Yields what `get_all_streams` returns, a page of `page_size` streams at a time."""
        return self._iterate("GetAllStreams", platform, page_size, at_least_revision, timeout)

    def get_group_streams(
        self,
        *,
        platform: str | Platform | None = None,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> list[ChatStream]:
        """Returns the group streams of a platform. As `get_all_streams`."""
        return self._list("GetGroupStreams", platform, at_least_revision, timeout)

    def iter_group_streams(
        self,
        *,
        platform: str | Platform | None = None,
        page_size: int = DEFAULT_PAGE_SIZE,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> Iterator[ChatStream]:
        """Yields what `get_group_streams` returns, a page at a time."""
        return self._iterate("GetGroupStreams", platform, page_size, at_least_revision, timeout)

    def get_private_streams(
        self,
        *,
        platform: str | Platform | None = None,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> list[ChatStream]:
        """Returns the private streams of a platform. As `get_all_streams`."""
        return self._list("GetPrivateStreams", platform, at_least_revision, timeout)

    def iter_private_streams(
        self,
        *,
        platform: str | Platform | None = None,
        page_size: int = DEFAULT_PAGE_SIZE,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> Iterator[ChatStream]:
        """Yields what `get_private_streams` returns, a page at a time."""
        return self._iterate("GetPrivateStreams", platform, page_size, at_least_revision, timeout)

    def get_stream_by_group_id(
        self,
        group_id: str,
        *,
        platform: str | Platform | None = None,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> FoundStream:
        """Finds the stream of a group by the group's id. Finding none is no error.

        found = client.get_stream_by_group_id("941657197")
        if found.stream:
            print(found.stream.display_name)
        """
        request = _requests.by_id(pb.GetStreamByGroupIdRequest, "group_id", group_id, platform, at_least_revision)
        return _answers.found(self.call("GetStreamByGroupId", request, timeout=timeout))

    def get_stream_by_user_id(
        self,
        user_id: str,
        *,
        platform: str | Platform | None = None,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> FoundStream:
        """Finds the private stream of a user by the user's id. As `get_stream_by_group_id`."""
        request = _requests.by_id(pb.GetStreamByUserIdRequest, "user_id", user_id, platform, at_least_revision)
        return _answers.found(self.call("GetStreamByUserId", request, timeout=timeout))

    def get_stream_type(
        self, stream: str | ChatStream, *, at_least_revision: str = "", timeout: float | None = None
    ) -> StreamType:
        """Tells whether a stream, given by id or as itself, is a group or a private chat.

        Raises:
            NotFound: no stream has the id.
        """
        request = _requests.about_stream(pb.GetStreamTypeRequest, stream, at_least_revision)
        answer = self.call("GetStreamType", request, timeout=timeout)
        return StreamType(answer.type)

    def get_stream_info(
        self, stream: str | ChatStream, *, at_least_revision: str = "", timeout: float | None = None
    ) -> StreamInfo:
        """Tells the few facts that most plugins want of a stream, flat. As `get_stream_type`."""
        request = _requests.about_stream(pb.GetStreamInfoRequest, stream, at_least_revision)
        return _answers.info(self.call("GetStreamInfo", request, timeout=timeout))

    def get_streams_summary(self, *, at_least_revision: str = "", timeout: float | None = None) -> StreamsSummary:
        """Counts the streams of all platforms."""
        request = pb.GetStreamsSummaryRequest(at_least_revision=at_least_revision)
        return _answers.summary(self.call("GetStreamsSummary", request, timeout=timeout))

    def get_stream(
        self,
        stream_id: str,
        *,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> ChatStream:
        """Returns the stream with this id.

        Raises:
            NotFound: there is none.
        """
        request = _requests.get_stream(stream_id, at_least_revision)
        answer = self.call("GetStream", request, timeout=timeout)
        return ChatStream(answer.stream)

    def batch_get_streams(
        self, stream_ids: Iterable[str], *, at_least_revision: str = "", timeout: float | None = None
    ) -> BatchedStreams:
        """Returns up to 1,000 streams by id, and names the ids that are unknown."""
        request = _requests.batch_get_streams(stream_ids, at_least_revision)
        return _answers.batched(self.call("BatchGetStreams", request, timeout=timeout))

    def query_streams(
        self,
        filter: StreamFilter | None = None,
        *,
        order_by: StreamOrder = StreamOrder.POSITION,
        limit: int | None = None,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> list[ChatStream]:
        """Returns the streams that a filter matches, of all platforms unless it names some: all of them, or the first.

            quiet = StreamFilter(types=[StreamType.GROUP], name_contains="mai")
            streams = client.query_streams(quiet, order_by=StreamOrder.LAST_ACTIVE, limit=50)

        Raises:
            FailedPrecondition: the server has no copy of the directory in memory to answer this from.
            ValueError: `limit` is less than 1, or a time has no time zone.
        """
        if limit is not None and limit < 1:
            raise ValueError(f"limit: expected at least 1, got {limit}")
        page_size = DEFAULT_PAGE_SIZE if limit is None else min(limit, DEFAULT_PAGE_SIZE)
        streams: list[ChatStream] = []
        request = _requests.query_streams(filter, order_by, page_size, at_least_revision)
        for stream in self._pages("QueryStreams", request, timeout):
            streams.append(stream)
            if len(streams) == limit:
                break
        return streams

    def iter_query_streams(
        self,
        filter: StreamFilter | None = None,
        *,
        order_by: StreamOrder = StreamOrder.POSITION,
        page_size: int = DEFAULT_PAGE_SIZE,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> Iterator[ChatStream]:
        """Yields what `query_streams` returns, a page at a time."""
        request = _requests.query_streams(filter, order_by, page_size, at_least_revision)
        return self._pages("QueryStreams", request, timeout)

    def resolve_stream(
        self,
        target: str,
        *,
        platform: str | Platform | None = None,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> ResolvedStream:
        """Finds out which stream a text means: an id, a number, `qq:group:ID`, a name, or what other bots write.

            resolved = client.resolve_stream("qq:group:941657197")
            if resolved.stream:
                print(resolved.stream.display_name)

        Finding none, or several, is no error. `platform` leaves out streams of others; when None, a text that names no
        platform is about `"qq"`.
        """
        request = _requests.by_id(pb.ResolveStreamRequest, "target", target, platform, at_least_revision)
        return _answers.resolved(self.call("ResolveStream", request, timeout=timeout))

    def batch_resolve_streams(
        self,
        targets: Iterable[str],
        *,
        platform: str | Platform | None = None,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> tuple[ResolvedStream, ...]:
        """Finds out which streams up to 1,000 texts mean, in their order. As `resolve_stream`."""
        request = _requests.batch_resolve_streams(targets, platform, at_least_revision)
        answer = self.call("BatchResolveStreams", request, timeout=timeout)
        return tuple(map(_answers.resolved, answer.results))

    def list_duplicates(
        self,
        filter: StreamFilter | None = None,
        *,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> ListedDuplicates:
        """Finds streams that seem to be one chat, of those that a filter matches: at most 1,000 times two or more.

            for duplicate in (client.list_duplicates()).duplicates:
                print(duplicate.reason.name, [stream.display_name for stream in duplicate.streams])

        `merge_streams` makes one of them, where they are.
        """
        request = _requests.list_duplicates(filter, at_least_revision)
        return _answers.duplicates(self.call("ListDuplicates", request, timeout=timeout))

    def open_stream(
        self,
        *,
        platform: str = "",
        target: str | None = None,
        group_id: str | None = None,
        user_id: str | None = None,
        type: StreamType = StreamType.UNSPECIFIED,
        account_id: str | None = None,
        scope: str | None = None,
        group_name: str | None = None,
        user_nickname: str | None = None,
        user_cardname: str | None = None,
        labels: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> OpenedStream:
        """Returns the stream of a group or of a user and creates it when there is none, also for a chat never seen.

            chat = client.open_stream(platform="qq", user_id="1787882683", user_nickname="Mai")
            print(chat.stream.stream_id, chat.created)

        `target` stands in for the ids, and may name the platform: a text such as `"qq:group:941657197"`, as
        `resolve_stream` reads it, that spells one chat or leads to one stream.

        `account_id` and `scope` match any existing stream when None and exactly otherwise. Names and labels serve a new
        stream only.

        Raises:
            InvalidArgument: arguments contradict each other: `group_id` and `user_id`, say.
            AlreadyExists: the id derived for the new stream belongs to another chat.
        """
        request = _requests.open_stream(
            platform,
            group_id,
            user_id,
            type,
            account_id,
            scope,
            group_name,
            user_nickname,
            user_cardname,
            labels,
            target,
        )
        return _answers.opened(self.call("OpenStream", request, timeout=timeout))

    def record_activity(
        self,
        activities: Iterable[Activity],
        *,
        timeout: float | None = None,
    ) -> RecordedActivity:
        """Records what the bot saw in up to 1,000 chats, all or nothing.

        Never tried again by itself. Sending the same activities twice does no harm where each has its `active_time`.

        Raises:
            InvalidArgument: `fields` names the activity, as in `activities[3].platform`.
            ValueError: an `active_time` has no time zone.
        """
        request = _requests.record_activity(activities)
        return _answers.recorded(self.call("RecordActivity", request, timeout=timeout))

    def iter_exported_streams(
        self,
        *,
        at_least_revision: str = "",
        timeout: float | None = None,
    ) -> Iterator[ChatStream]:
        """Yields all streams as they were at one moment, in the order in which the directory learnt of them.

        Raises when the list is not complete. It has to be read within five minutes.
        """
        request = pb.ExportStreamsRequest(at_least_revision=at_least_revision)
        for part in self.stream("ExportStreams", request, timeout=timeout):
            for stream in part.streams:
                yield ChatStream(stream)

    def get_server_info(self, *, at_least_revision: str = "", timeout: float | None = None) -> ServerInfo:
        """Tells what runs there, how it is, and who the caller is to it."""
        request = pb.GetServerInfoRequest(at_least_revision=at_least_revision)
        return _answers.server_info(self.call("GetServerInfo", request, timeout=timeout))

    def import_file(
        self,
        path: str | os.PathLike[str],
        *,
        dry_run: bool = False,
        time_zone: str = "",
        timeout: float | None = None,
    ) -> ImportReport:
        """Brings in the streams of a file: a bot's database, a database of ChatApi, or an export file.

        Takes the role admin. With `dry_run` nothing is changed. `time_zone` is that of times that the file keeps
        without one, such as `"Asia/Shanghai"`. `timeout` is for the last request, 300 seconds when None.

        Raises:
            InvalidArgument: the file is cut, or nothing that can be imported; nothing was changed.
        """
        file = Path(path)
        announced = pb.CreateImportRequest(size_bytes=file.stat().st_size)
        import_id = (self.call("CreateImport", announced)).import_id
        for offset, data in _uploads.chunks(file):
            chunk = pb.UploadImportChunkRequest(import_id=import_id, offset=offset, data=data)
            self.call("UploadImportChunk", chunk)
        sha256 = _uploads.sha256(file)
        finish = pb.FinishImportRequest(import_id=import_id, sha256=sha256, dry_run=dry_run, time_zone=time_zone)
        answer = self.call("FinishImport", finish, timeout=timeout or _uploads.FINISH_TIMEOUT)
        return _answers.import_report(answer)

    def update_stream(
        self,
        stream_id: str,
        *,
        custom_name: str | None = None,
        set_labels: Mapping[str, str] | None = None,
        remove_labels: Iterable[str] = (),
        etag: str = "",
        timeout: float | None = None,
    ) -> ChangedStream:
        """Changes the name that people give a stream, and its labels one by one: those of others stay.

            client.update_stream(stream.stream_id, set_labels={"team": "red"}, remove_labels=["draft"])

        An empty `custom_name` takes the name away, None leaves it. With an `etag` the stream has to be in its state.

        Raises:
            NotFound: no stream has the id.
            Aborted: the stream is not in the state of the etag any more.
            InvalidArgument: a label is both set and removed, or there would be more than 64.
        """
        request = _requests.update_stream(stream_id, custom_name, set_labels, remove_labels, etag)
        return _answers.changed(self.call("UpdateStream", request, timeout=timeout))

    def merge_streams(
        self,
        source_stream_id: str,
        target_stream_id: str,
        *,
        source_etag: str = "",
        target_etag: str = "",
        timeout: float | None = None,
    ) -> ChangedStream:
        """Makes one chat of two: whatever led to the source leads to the target for ever, its group or user too.

            client.merge_streams(old.stream_id, new.stream_id)

        With an etag the stream has to be in its state. Merging again changes nothing.

        Raises:
            NotFound: no stream has one of the ids, or none any more.
            Aborted: a stream is not in the state of its etag any more.
            InvalidArgument: source and target are one stream, or of different types, or have too many labels together.
        """
        request = _requests.merge_streams(source_stream_id, target_stream_id, source_etag, target_etag)
        return _answers.changed(self.call("MergeStreams", request, timeout=timeout))

    def delete_stream(self, stream_id: str, *, etag: str = "", timeout: float | None = None) -> DeletedStream:
        """Takes a stream out of the directory, until something happens in its chat again.

        With an `etag` the stream has to be in its state.

        Raises:
            NotFound: no stream has the id, or none any more: `reason` is `ERROR_REASON_STREAM_DELETED` then.
            Aborted: the stream is not in the state of the etag any more.
        """
        request = _requests.delete_stream(stream_id, etag)
        return _answers.deleted(self.call("DeleteStream", request, timeout=timeout))

    def call(self, method: str, request: Any, *, timeout: float | None = None) -> Any:
        """Sends a message of `chatapi.v1.chat_api_pb2` as it is and returns the answer's message.

            answer = client.call("GetStream", pb.GetStreamRequest(stream_id="…"))

        For what the other methods do not express, such as page tokens. Of a call that takes a stream of requests,
        `request` is an iterable of them.

        Raises:
            ChatApiError: or one of its subclasses.
            ForkedError: this process was forked where gRPC does not survive it.
            ValueError: the call answers with a stream of messages: see `stream`.
        """
        known = METHODS[method]
        if known.kind is Kind.SERVER_STREAM:
            raise ValueError(f"{method} answers with a stream of messages: use stream, not call")
        return self._connection.call(known, request, timeout)

    def stream(self, method: str, request: Any, *, timeout: float | None = None) -> Iterator[Any]:
        """Sends a message as `call` does, and yields the messages of an answer that is a stream.

        It is sent once and has no deadline unless it is given one.

        Raises:
            ChatApiError: or one of its subclasses, also in the middle of the stream.
            ForkedError: this process was forked where gRPC does not survive it.
            ValueError: the call answers with a single message: see `call`.
        """
        known = METHODS[method]
        if known.kind is not Kind.SERVER_STREAM:
            raise ValueError(f"{method} answers with a single message: use call, not stream")
        return self._connection.stream(known, request, timeout)

    def _list(
        self, method: str, platform: str | Platform | None, at_least_revision: str, timeout: float | None
    ) -> list[ChatStream]:
        request = _requests.about_platform(METHODS[method].request, platform, at_least_revision)
        try:
            answer = self.call(method, request, timeout=timeout)
            return list(map(ChatStream, answer.streams))
        except ResourceExhausted as error:
            if error.reason != "ERROR_REASON_LIST_TOO_LARGE":
                raise
        streams = []
        for stream in self._iterate(method, platform, DEFAULT_PAGE_SIZE, at_least_revision, timeout):
            streams.append(stream)
        return streams

    def _iterate(
        self,
        method: str,
        platform: str | Platform | None,
        page_size: int,
        at_least_revision: str,
        timeout: float | None,
    ) -> Iterator[ChatStream]:
        request = _requests.about_platform(METHODS[method].request, platform, at_least_revision, page_size=page_size)
        return self._pages(method, request, timeout)

    def _pages(self, method: str, request: Any, timeout: float | None) -> Iterator[ChatStream]:
        while True:
            page = self.call(method, request, timeout=timeout)
            for stream in page.streams:
                yield ChatStream(stream)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token
