"""The recorder for coroutines."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

from .. import recorder as _threads
from .._seeing import Seeing
from ..client import Client as _Client
from ..types import Activity

__all__ = ["Recorder"]


class Recorder(Seeing):
    """Records what a bot sees. As `chatapi.Recorder`, but that what waits for the server is to be awaited.

        async with chatapi.aio.Recorder() as recorder:
            recorder.saw(platform="qq", group_id=941657197, group_name="MaiBot", user_id=1787882683)

    It sends by a thread of its own: what a bot saw last is sent at its exit, when its event loop is gone.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        client: _Client | None = None,
        interval: float = 1.0,
        max_pending: int = 10_000,
        **settings: Any,
    ) -> None:
        """Makes a recorder without connecting. As `chatapi.Recorder`; a `client` is one for threads."""
        self._recorder = _threads.Recorder(
            address, client=client, interval=interval, max_pending=max_pending, **settings
        )

    async def __aenter__(self) -> Recorder:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def pending(self) -> int:
        """Chats of which something waits to be sent."""
        return self._recorder.pending

    @property
    def recorded(self) -> int:
        """Entries that the server took."""
        return self._recorder.recorded

    @property
    def dropped(self) -> int:
        """What was seen and is lost."""
        return self._recorder.dropped

    async def flush(self) -> bool:
        """Sends all that waits. False where the server is away."""
        return await asyncio.to_thread(self._recorder.flush)

    async def close(self) -> None:
        """Sends what waits, which it tries for two seconds, and ends."""
        await asyncio.to_thread(self._recorder.close)

    def _note(self, seen: Activity) -> None:
        self._recorder._note(seen)

    def _miss(self) -> None:
        self._recorder._miss()
