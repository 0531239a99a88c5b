"""How a copy follows the server, for replicas of threads and of event loops."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import _requests, errors
from .._connection import Connection
from .._fork import FORK_GATE, ForkSafeLock
from ..errors import ChatApiError, ClientClosed, Code, ForkedError
from ..types import StreamFilter
from ..v1 import chat_api_pb2 as pb
from .changes import DeletedIds, ReplicaChange, applied, differences
from .checks import Checks
from .copy import Copy
from .local_calls import LocalCalls
from .watch import MismatchError, Watch, backoff

_logger = logging.getLogger("chatapi.replica")

WAIT_SECONDS = 10.0
_LOOK_SECONDS = 1.0
_RETRY_SECONDS = 0.5
_LASTING = frozenset(
    {
        Code.INVALID_ARGUMENT,
        Code.UNIMPLEMENTED,
        Code.FAILED_PRECONDITION,
        Code.PERMISSION_DENIED,
        Code.UNAUTHENTICATED,
    }
)
"""What stays as it is until somebody does something about it."""

_RESTARTING = ForkSafeLock()


@dataclass(frozen=True, kw_only=True)
class ReplicaEvent:
    """What happens to a replica itself."""

    kind: str
    """`"ready"`; `"replaced"`, when a new snapshot took the place of the copy; `"mismatch"`, when the copy was not what
    the server has, and a new snapshot follows; `"interrupted"`, when the watch ended, and is tried again."""
    revision: str = ""
    error: ChatApiError | None = None
    """Why it was interrupted."""


class Following(LocalCalls):
    """A copy that a thread keeps as the server has it. What is said of it stands at its subclasses."""

    def __init__(
        self,
        connection: Connection,
        filter: StreamFilter | None,
        heartbeat: float,
        snapshot_timeout: float,
        platform_aliases: Mapping[str, str],
    ) -> None:
        self._aliases = platform_aliases
        wanted = pb.StreamFilter() if filter is None else _requests.stream_filter("filter", filter)
        self._watch = Watch(connection, wanted, heartbeat, snapshot_timeout, self)
        self._look_seconds = min(_LOOK_SECONDS, snapshot_timeout / 2)
        self._change_listeners: list[Callable[[ReplicaChange], object]] = []
        self._event_listeners: list[Callable[[ReplicaEvent], object]] = []
        self._deleted = DeletedIds()
        self._copy: Copy | None = None
        self._revision = 0
        # Another number after each change.
        self._version = 0
        self._heard_at = 0.0
        self._failures = 0
        self._is_mending = False
        self._last_error: ChatApiError | None = None
        self._closed = False
        self._start()

    def _close(self) -> None:
        self._closed = True
        if self._generation == FORK_GATE.generation:
            FORK_GATE.interruptions.discard(self._interrupt)
            self._interrupt()
            with self._changed:
                self._copy = None
                self._changed.notify_all()

    def _ready(self, timeout: float) -> None:
        self._follow_after_fork()
        with self._changed:
            self._changed.wait_for(lambda: self._copy is not None or self._closed or self._is_refused(), timeout)
            if self._copy is not None:
                return
            if self._is_refused() and self._last_error is not None:
                raise self._last_error
        raise self._unready("Replica")

    @property
    def is_ready(self) -> bool:
        """Whether there is a copy to answer from."""
        return self._copy is not None

    @property
    def revision(self) -> str:
        """The revision that answers are of, as `at_least_revision` has it; empty until there is one."""
        return str(self._revision) if self._copy is not None else ""

    @property
    def staleness(self) -> float:
        """For how many seconds nothing was heard of the server: answers are no older. Infinite until it is ready."""
        return time.monotonic() - self._heard_at if self._copy is not None else float("inf")

    def __len__(self) -> int:
        return len(self._current("GetStreamsSummary"))

    def _wait_for(self, revision: str, timeout: float) -> None:
        self._follow_after_fork()
        wanted = int(revision or 0)
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._has(wanted), timeout)
            if self._has(wanted):
                return
        if self._closed:
            raise self._unready("Replica")
        raise self._not_reached("Replica", revision)

    # What the watch tells.

    def _heard(self) -> None:
        """Something came."""
        self._heard_at = time.monotonic()

    def _replaced(self, copy: Copy, revision: int) -> None:
        """A whole snapshot takes the place of all that was."""
        old = self._copy
        changes = differences(old, copy, revision) if old is not None and self._change_listeners else []
        self._show(copy, revision)
        self._tell_event(ReplicaEvent(kind="ready" if old is None else "replaced", revision=str(revision)))
        self._tell_changes(changes)

    def _committed(self, changes: Sequence[pb.StreamChange], revision: int) -> None:
        """All of a commit."""
        with self._changed:
            copy = self._copy
            if copy is None:
                return
            found = applied(copy, changes, revision)
            self._version += 1
            for change in found:
                self._deleted.take(change)
        self._recovered()
        self._show(copy, revision)
        self._tell_changes(found)

    def _reached(self, bookmark: pb.WatchBookmark) -> bool:
        """All up to a revision is known. Returns whether the copy is what it has to be."""
        copy = self._copy
        if copy is None:
            return True
        if len(copy) != bookmark.matching or copy.digest != bookmark.digest:
            self._tell_event(ReplicaEvent(kind="mismatch", revision=bookmark.revision))
            return False
        if not bookmark.snapshot_complete:
            self._recovered()
        self._show(copy, int(bookmark.revision))
        return True

    # Threads and forks.

    def _start(self) -> None:
        self._generation = FORK_GATE.generation
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._ending = threading.Event()
        self._call: Any = None
        FORK_GATE.interruptions.add(self._interrupt)
        for work, name in ((self._run, "chatapi-replica"), (self._look_after, "chatapi-replica-watchdog")):
            threading.Thread(target=work, args=(self._ending,), name=name, daemon=True).start()

    def _follow_after_fork(self) -> None:
        """A child has the copy of its parent, and no thread that goes on with it."""
        if self._generation == FORK_GATE.generation or self._closed:
            return
        with _RESTARTING:
            if self._generation != FORK_GATE.generation:
                self._start()

    def _run(self, ending: threading.Event) -> None:
        while not self._closed:
            try:
                self._watch.follow(self._started)
                pause = backoff(1)
            except (ClientClosed, ForkedError) as error:
                self._last_error = error if isinstance(error, ChatApiError) else _lost(error)
                self._close()
            except Exception as error:
                pause = self._pause_after(error)
            if not self._closed:
                ending.wait(pause)

    def _started(self, call: Any) -> None:
        self._call = call
        # A fork that began a moment ago interrupted the call before.
        if self._closed or FORK_GATE.forking:
            call.cancel()

    def _interrupt(self) -> None:
        call = self._call
        if call is not None:
            call.cancel()

    def _look_after(self, ending: threading.Event) -> None:
        while not self._closed and not ending.wait(self._look_seconds):
            if self._watch.is_overdue():
                self._interrupt()

    def _pause_after(self, error: Exception) -> float:
        """Takes note of a watch that ended. Returns when to try again."""
        if FORK_GATE.forking:
            return 0.0
        self._failures += 1
        if isinstance(error, MismatchError):
            self._watch.forget()
            return self._until_snapshot()
        reported = error if isinstance(error, ChatApiError) else _lost(error)
        with self._changed:
            self._last_error = reported
            self._changed.notify_all()
        if not self._closed:
            self._tell_event(ReplicaEvent(kind="interrupted", error=reported))
        pause = self._until_snapshot() if reported.code is Code.OUT_OF_RANGE else backoff(self._failures)
        return max(pause, reported.retry_after or 0.0)

    def _until_snapshot(self) -> float:
        """What a snapshot mends it mends at once, unless the last one did not."""
        is_first, self._is_mending = not self._is_mending, True
        return 0.0 if is_first else backoff(self._failures)

    def _recovered(self) -> None:
        """The watch goes on as it should."""
        self._failures = 0
        self._is_mending = False

    # What is shown.

    def _current(self, method: str, at_least_revision: str = "") -> Copy:
        if at_least_revision:
            checks = Checks(method)
            checks.revision(at_least_revision)
            checks.assert_none()
        if self._generation != FORK_GATE.generation:
            self._follow_after_fork()
        copy = self._copy
        if copy is None:
            raise self._unready(method)
        if at_least_revision and not self._has(int(at_least_revision)):
            raise self._not_reached(method, at_least_revision)
        return copy

    def _was_deleted(self, stream_id: str) -> bool:
        return stream_id in self._deleted

    def _show(self, copy: Copy, revision: int) -> None:
        with self._changed:
            if not self._closed:
                if copy is not self._copy:
                    self._version += 1
                self._copy, self._revision = copy, revision
            self._changed.notify_all()

    def _has(self, revision: int) -> bool:
        return self._copy is not None and self._revision >= revision

    def _is_refused(self) -> bool:
        return self._last_error is not None and self._last_error.code in _LASTING

    def _tell_changes(self, changes: Sequence[ReplicaChange]) -> None:
        for change in changes:
            for listener in tuple(self._change_listeners):
                _tell(listener, change)

    def _tell_event(self, event: ReplicaEvent) -> None:
        for listener in tuple(self._event_listeners):
            _tell(listener, event)

    def _unready(self, method: str) -> ChatApiError:
        if self._closed:
            closed = ClientClosed("this replica is closed", code=Code.CANCELLED, method=method)
            closed.__cause__ = self._last_error
            return closed
        unready = errors.Unavailable(
            f"the replica has no snapshot yet{f': {self._last_error}' if self._last_error else ''}",
            code=Code.UNAVAILABLE,
            reason="ERROR_REASON_DIRECTORY_LOADING",
            retry_after=_RETRY_SECONDS,
            method=method,
        )
        unready.__cause__ = self._last_error
        return unready

    def _not_reached(self, method: str, revision: str) -> ChatApiError:
        return errors.Unavailable(
            f"the replica is at revision {self.revision or 'none'}, and not yet at {revision}",
            code=Code.UNAVAILABLE,
            reason="ERROR_REASON_REVISION_NOT_REACHED",
            retry_after=_RETRY_SECONDS,
            method=method,
        )


def _tell(listener: Callable[[Any], object], told: Any) -> None:
    """One that raises keeps nobody else from being told."""
    try:
        listener(told)
    except Exception:
        _logger.exception("a listener of a replica failed")


def _lost(error: Exception) -> ChatApiError:
    lost = errors.Internal(f"the replica failed: {error}", code=Code.INTERNAL, method="WatchStreams")
    lost.__cause__ = error
    return lost
