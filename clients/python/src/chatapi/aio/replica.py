"""The replica for coroutines. `chatapi` has the one for threads, with the same methods."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TypeVar

from .._connection import Connection
from .._replica.changes import ReplicaChange
from .._replica.following import WAIT_SECONDS, Following, ReplicaEvent
from .._replica.spellings import DEFAULT_PLATFORM_ALIASES
from ..types import StreamFilter
from .client import Client

__all__ = ["Replica"]

_Told = TypeVar("_Told")


class Replica(Following):
    """A copy of the directory, or of what a filter matches of it, that follows the server and answers at once.

        async with chatapi.aio.Client() as client, chatapi.aio.Replica(client) as replica:
            await replica.ready()
            print(replica.get_stream_by_group_id("941657197").stream)

    As `chatapi.Replica`: its calls are no coroutines, since they wait for nothing. It follows on a thread and a
    connection of its own, so a token function must not be a coroutine function.
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
        """Begins to follow. The arguments are those of `chatapi.Replica`."""
        self._connection = Connection(client._connection._settings)
        super().__init__(self._connection, filter, heartbeat, snapshot_timeout, platform_aliases)

    async def __aenter__(self) -> Replica:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the watch. Calls raise ClientClosed from then on."""
        self._close()
        await asyncio.to_thread(self._connection.close)

    async def ready(self, timeout: float = 120.0) -> None:
        """Waits until there is a copy to answer from. As `chatapi.Replica.ready`."""
        await asyncio.to_thread(self._ready, timeout)

    async def wait_for(self, revision: str, timeout: float = WAIT_SECONDS) -> None:
        """Waits until answers hold a revision. As `chatapi.Replica.wait_for`."""
        await asyncio.to_thread(self._wait_for, revision, timeout)

    def on_change(self, listener: Callable[[ReplicaChange], object]) -> Callable[[], None]:
        """Calls back in the running event loop. As `chatapi.Replica.on_change`."""
        return _added(self._change_listeners, _in_this_loop(listener))

    def on_event(self, listener: Callable[[ReplicaEvent], object]) -> Callable[[], None]:
        """Calls back in the running event loop. As `chatapi.Replica.on_event`."""
        return _added(self._event_listeners, _in_this_loop(listener))


def _in_this_loop(listener: Callable[[_Told], object]) -> Callable[[_Told], object]:
    loop = asyncio.get_running_loop()
    return lambda told: loop.call_soon_threadsafe(listener, told)


def _added(listeners: list[Callable[[_Told], object]], listener: Callable[[_Told], object]) -> Callable[[], None]:
    listeners.append(listener)
    return lambda: listeners.remove(listener)
