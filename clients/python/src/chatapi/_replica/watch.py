"""What a replica is told, and how it is told again where it broke off."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, Protocol

from google.protobuf.duration_pb2 import Duration

from .. import errors
from .._connection import Connection
from .._methods import METHODS
from ..errors import ChatApiError, Code
from ..v1 import chat_api_pb2 as pb
from .copy import Copy

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 5.0
_MISSED_HEARTBEATS = 3
"""That may be missed until a watch counts as broken."""
_MAX_OLD_SNAPSHOTS = 5
"""How often a snapshot that is older than the copy is refused. A directory that was set back has no newer one."""

_WATCH = METHODS["WatchStreams"]


def backoff(attempts: int) -> float:
    """Seconds until another attempt: anything up to a bound that doubles, so that clients do not come back together."""
    return random.random() * min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(attempts - 1, 10))


class Sink(Protocol):
    """Takes what a watch tells."""

    def _heard(self) -> None:
        """Something came."""

    def _replaced(self, copy: Copy, revision: int) -> None:
        """A whole snapshot takes the place of all that was."""

    def _committed(self, changes: Sequence[pb.StreamChange], revision: int) -> None:
        """All of a commit."""

    def _reached(self, bookmark: pb.WatchBookmark) -> bool:
        """All up to a revision is known. Returns whether the copy is what it has to be."""


class MismatchError(Exception):
    """The copy is not what the server has."""


class Watch:
    """One watch after the other, each of which goes on where the last one ended."""

    def __init__(
        self, connection: Connection, filter: pb.StreamFilter, heartbeat: float, snapshot_timeout: float, sink: Sink
    ) -> None:
        self._connection = connection
        self._filter = filter
        self._heartbeat = heartbeat
        self._snapshot_timeout = snapshot_timeout
        self._sink = sink
        self._token = ""
        self._directory_id = ""
        self._revision = 0
        self._old_snapshots = 0
        self._copy: Copy | None = None
        """Until the snapshot is whole."""
        self._changes: list[pb.StreamChange] = []
        """Of a commit that is not whole."""
        self._began_at = self._heard_at = time.monotonic()
        self._ended_because = ""

    def follow(self, started: Callable[[Any], None]) -> None:
        """Watches until that fails, as every watch does some day.

        Args:
            started: is given the call, to end it by.
        """
        self._ended_because = ""
        self._changes = []
        self._copy = None if self._token else Copy()
        self._began_at = self._heard_at = time.monotonic()
        request = pb.WatchStreamsRequest(filter=self._filter, omit_previous=True)
        request.heartbeat.CopyFrom(Duration(seconds=int(self._heartbeat), nanos=int(self._heartbeat % 1 * 1e9)))
        if self._token:
            request.resume_token = self._token
        try:
            with closing(self._connection.stream(_WATCH, request, None, started)) as messages:
                for message in messages:
                    self._heard_at = time.monotonic()
                    self._sink._heard()
                    self._take(message)
        except ChatApiError as error:
            if self._ended_because:
                raise errors.DeadlineExceeded(
                    self._ended_because,
                    code=Code.DEADLINE_EXCEEDED,
                    reason="ERROR_REASON_DEADLINE_EXCEEDED",
                    method=_WATCH.name,
                ) from error
            if error.code is Code.OUT_OF_RANGE or error.reason == "ERROR_REASON_RESUME_TOKEN_MISMATCH":
                self.forget()
            raise

    def forget(self) -> None:
        """Has the next watch begin with a snapshot."""
        self._token = ""

    def is_overdue(self) -> bool:
        """Whether the watch is to be ended, since its snapshot takes too long or nothing is heard of it."""
        now = time.monotonic()
        if self._copy is not None:
            if now - self._began_at > self._snapshot_timeout:
                self._ended_because = f"the snapshot was not whole within {self._snapshot_timeout} seconds"
        elif now - self._heard_at > self._heartbeat * _MISSED_HEARTBEATS:
            self._ended_because = f"nothing was heard for {_MISSED_HEARTBEATS} heartbeats of {self._heartbeat} seconds"
        return bool(self._ended_because)

    def _take(self, message: Any) -> None:
        kind = message.WhichOneof("event")
        if kind == "opened":
            self._assert_newer(message.opened)
        elif kind == "snapshot" and self._copy is not None:
            for stream, position in zip(message.snapshot.streams, message.snapshot.positions, strict=True):
                self._copy.put(stream, position)
        elif kind == "commit":
            self._changes += message.commit.changes
            if not message.commit.more:
                changes, self._changes = self._changes, []
                self._revision = int(message.commit.revision)
                self._sink._committed(changes, self._revision)
        elif kind == "bookmark":
            self._take_bookmark(message.bookmark)
        if message.resume_token and self._copy is None:
            self._token = message.resume_token

    def _take_bookmark(self, bookmark: pb.WatchBookmark) -> None:
        if self._copy is not None and bookmark.snapshot_complete:
            self._sink._replaced(self._copy, int(bookmark.revision))
            self._copy = None
        if self._copy is None:
            self._revision = int(bookmark.revision)
            if not self._sink._reached(bookmark):
                raise MismatchError

    def _assert_newer(self, opened: pb.WatchOpened) -> None:
        """A snapshot of a server that is behind would take the replica back."""
        is_old = opened.directory_id == self._directory_id and int(opened.revision) < self._revision
        if self._copy is not None and is_old and self._old_snapshots < _MAX_OLD_SNAPSHOTS:
            self._old_snapshots += 1
            raise errors.Unavailable(
                f"the server is at revision {opened.revision}, and the replica at {self._revision}",
                code=Code.UNAVAILABLE,
                reason="ERROR_REASON_REVISION_NOT_REACHED",
                method=_WATCH.name,
            )
        self._old_snapshots = 0
        self._directory_id = opened.directory_id
        if opened.HasField("heartbeat"):
            self._heartbeat = opened.heartbeat.seconds + opened.heartbeat.nanos / 1e9
