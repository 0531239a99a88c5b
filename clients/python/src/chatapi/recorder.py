"""Tells a server what a bot sees, beside the bot's own work."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
import weakref
from types import TracebackType
from typing import Any

from ._seeing import Seeing
from ._sightings import Sightings
from .client import Client
from .errors import (
    Aborted,
    AlreadyExists,
    ChatApiError,
    DeadlineExceeded,
    Internal,
    InvalidArgument,
    PermissionDenied,
    ResourceExhausted,
    Unavailable,
)
from .types import Activity

__all__ = ["Recorder"]

MAX_BATCH = 1_000
"""Activities that a server takes at a time."""
_EXIT_SECONDS = 2.0
"""How long the last batch is tried. A connection that was lost is made anew within a second."""
_RETRY_SECONDS = 0.1

_PASSING = (Aborted, DeadlineExceeded, Internal, ResourceExhausted, Unavailable)
"""What may be over by the next time."""
_OF_ONE = (AlreadyExists, InvalidArgument, PermissionDenied)
"""What a single activity of a batch may be the reason of."""

_log = logging.getLogger("chatapi")


class Recorder(Seeing):
    """Records what a bot sees: `saw` returns at once and never raises, whatever becomes of the server.

        recorder = chatapi.Recorder()
        recorder.saw(platform="qq", group_id=941657197, group_name="MaiBot", user_id=1787882683)

    What was seen is sent by a thread of its own, once a second or when a thousand chats wait: one entry a chat, with
    what was seen last. While the server is away it waits, up to `max_pending` chats; what is beyond that, or is
    refused, is dropped and counted. It is sent at the exit of the process, or by `close`.

    May be used from any number of threads, and from coroutines.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        client: Client | None = None,
        interval: float = 1.0,
        max_pending: int = 10_000,
        **settings: Any,
    ) -> None:
        """Makes a recorder without connecting.

        Args:
            address: as of `Client`.
            client: to send by, in place of one of its own; the caller closes it.
            interval: seconds between two batches.
            max_pending: chats that may wait to be sent.
            settings: further ones of `Client`, such as `token`.
        """
        self._client = client or Client(address, **settings)
        self._owns_client = client is None
        self._interval = interval
        self._max_pending = max_pending
        self._dropped = 0
        self._recorded = 0
        self._fails = False
        self._closed: bool = False
        self._reset()
        _RECORDERS.add(self)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pending(self) -> int:
        """Chats of which something waits to be sent."""
        return len(self._sightings)

    @property
    def recorded(self) -> int:
        """Entries that the server took."""
        return self._recorded

    @property
    def dropped(self) -> int:
        """What was seen and is lost: there was no room, or it was refused, or it was nothing that could be sent."""
        return self._dropped

    def _note(self, seen: Activity) -> None:
        with self._lock:
            if self._closed or not self._sightings.add(seen):
                self._dropped += 1
                return
            self._start()
        if len(self._sightings) >= MAX_BATCH:
            self._wake.set()

    def _miss(self) -> None:
        self._dropped += 1

    def flush(self) -> bool:
        """Sends all that waits. False where the server is away: what could not be sent goes on to wait."""
        with self._sending:
            for _ in range(self._max_pending // MAX_BATCH + 1):
                with self._lock:
                    batch = self._sightings.take(MAX_BATCH)
                if not batch:
                    return True
                if not self._send(batch):
                    return False
        return True

    def close(self) -> None:
        """Sends what waits, which it tries for two seconds, and ends. What cannot be sent then is dropped."""
        with self._lock:
            was_closed, self._closed = self._closed, True
        self._wake.set()
        if was_closed:
            return
        deadline = time.monotonic() + _EXIT_SECONDS
        while not self.flush() and time.monotonic() < deadline:
            time.sleep(_RETRY_SECONDS)
        with self._lock:
            self._dropped += len(self._sightings.take(self._max_pending))
        if self._owns_client:
            self._client.close()

    def _reset(self) -> None:
        """As new: a child has neither the thread of its parent, nor to send what that saw."""
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._wake = threading.Event()
        self._sightings = Sightings(self._max_pending)
        self._thread: threading.Thread | None = None
        self._closed = False

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="chatapi-recorder", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait(self._interval)
            self._wake.clear()
            try:
                self.flush()
            except Exception:
                _log.exception("a recorder failed")

    def _send(self, batch: list[Activity]) -> bool:
        """Whether the server can be given more."""
        try:
            self._client.record_activity(batch)
        except _PASSING as error:
            self._put_back(batch)
            if not self._fails:
                _log.warning("what the bot sees cannot be recorded for now: %s", error)
            self._fails = True
            return False
        except _OF_ONE as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                if self._send(batch[:middle]):
                    return self._send(batch[middle:])
                self._put_back(batch[middle:])
                return False
            self._drop(1, error)
        except ChatApiError as error:
            self._drop(len(batch), error)
        else:
            self._fails = False
            with self._lock:
                self._recorded += len(batch)
        return True

    def _put_back(self, batch: list[Activity]) -> None:
        with self._lock:
            self._dropped += sum(not self._sightings.put_back(activity) for activity in batch)

    def _drop(self, count: int, error: ChatApiError) -> None:
        _log.warning("what the bot saw in %d chats was refused: %s", count, error)
        with self._lock:
            self._dropped += count


_RECORDERS: weakref.WeakSet[Recorder] = weakref.WeakSet()


def _close_all() -> None:
    for recorder in list(_RECORDERS):
        recorder.close()


def _reset_all() -> None:
    for recorder in list(_RECORDERS):
        recorder._reset()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_all)
