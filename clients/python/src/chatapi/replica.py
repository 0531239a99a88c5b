"""The replica for threads. `chatapi.aio` has the one for coroutines, with the same methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType

from ._replica.changes import ReplicaChange
from ._replica.following import WAIT_SECONDS, Following, ReplicaEvent
from ._replica.spellings import DEFAULT_PLATFORM_ALIASES
from .client import Client
from .types import StreamFilter

__all__ = ["Replica", "ReplicaChange", "ReplicaEvent"]


class Replica(Following):
    """A copy of the directory, or of what a filter matches of it, that follows the server and answers at once.

        with chatapi.Client() as client, chatapi.Replica(client) as replica:
            replica.ready()
            print(replica.get_stream_by_group_id("941657197").stream)

    It is fed by its watch alone, on a thread of its own, and never by answers. While there is no server it answers from
    what it has: `staleness` says how old that may be. After a fork the child goes on from where the parent was.
    """

    def __init__(
        self,
        client: Client,
        *,
        filter: StreamFilter | None = None,
        heartbeat: float = 5.0,
        snapshot_timeout: float = 120.0,
        platform_aliases: Mapping[str, str] = DEFAULT_PLATFORM_ALIASES,
    ) -> None:
        """Begins to follow.

        Args:
            client: whose server is followed. It must stay open.
            filter: the streams to keep, and all that the replica knows of. None means all.
            heartbeat: how often the server says that all is well, 1 to 60 seconds. So late at most a replica with a
                filter knows that it has reached a revision that changed none of its streams.
            snapshot_timeout: how many seconds a snapshot may take.
            platform_aliases: what `resolve` takes other names of platforms for; by default what servers do.
        """
        super().__init__(client._connection, filter, heartbeat, snapshot_timeout, platform_aliases)

    def __enter__(self) -> Replica:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the watch. Calls raise ClientClosed from then on."""
        self._close()

    def ready(self, timeout: float = 120.0) -> None:
        """Waits until there is a copy to answer from.

        Raises:
            ChatApiError: the server refuses the watch for a reason that trying again alone does not mend, or there was
                no snapshot in time. It is tried on all the same.
        """
        self._ready(timeout)

    def wait_for(self, revision: str, timeout: float = WAIT_SECONDS) -> None:
        """Waits until answers hold a revision, which a write returned; not at all for an empty one.

        Raises:
            Unavailable: the revision was not reached in time.
        """
        self._wait_for(revision, timeout)

    def on_change(self, listener: Callable[[ReplicaChange], object]) -> Callable[[], None]:
        """Calls back for each stream that changes, once all of its commit shows, on the thread of the replica.

        The snapshot that makes the replica ready is no change. What this returns ends it.
        """
        self._change_listeners.append(listener)
        return lambda: self._change_listeners.remove(listener)

    def on_event(self, listener: Callable[[ReplicaEvent], object]) -> Callable[[], None]:
        """Calls back for what happens to the replica itself, on its thread. What this returns ends it."""
        self._event_listeners.append(listener)
        return lambda: self._event_listeners.remove(listener)
